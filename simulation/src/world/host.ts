import type { CancelTimer, Runtime } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { VirtualClock } from '../clock/virtual-clock.js'

interface Held {
  readonly kind: 'timer' | 'message'
  readonly fire: () => void
}

/** What is wrong with the clocks of a host. */
export interface HostClocks {
  /** How far its wall clock is off, in milliseconds. */
  readonly skewMs: number
  /** How much faster its monotonic clock runs: 0.005 is half a per cent. */
  readonly drift: number
}

/**
 * One simulated machine: a runtime with clocks of its own, that can stand still for a while and can crash. Everything
 * that happens on it (timers, replies, hints, what its users do) comes in through {@link deliver} or a timer.
 */
export class Host {
  readonly name: string
  readonly runtime: Runtime
  readonly #clock: VirtualClock
  readonly #random: SeededRandom
  readonly #drift: number
  readonly #monotonicBase: number
  readonly #onCrash = new Set<() => void>()
  #skewMs: number
  #awakeAt = -Infinity
  #held: Held[] = []
  #timers = 0
  #pauses = 0
  #isAlive = true

  constructor(name: string, clock: VirtualClock, random: SeededRandom, { skewMs, drift }: HostClocks) {
    this.name = name
    this.#clock = clock
    this.#random = random
    this.#skewMs = skewMs
    this.#drift = drift
    this.#monotonicBase = random.int(0, 1_000_000) - clock.now
    this.runtime = {
      now: () => Math.floor(this.#localNow + this.#skewMs),
      monotonic: () => (this.#localNow + this.#monotonicBase) * (1 + drift),
      setTimer: (delayMs, fire) => this.#setTimer(delayMs, fire),
      random: () => random.next(),
      newId: () => `${name.replaceAll('.', '-')}-${random.int(0, 2 ** 40).toString(36)}`,
    }
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Whether it stands still, or its one thread is busy. */
  get isAsleep(): boolean {
    return this.#awakeAt > this.#clock.now
  }

  /** How often it has stood still. */
  get pauses(): number {
    return this.#pauses
  }

  /** Timers of core that wait. After everything on this host was stopped it must be 0. */
  get timers(): number {
    return this.#timers
  }

  /** How far its own time is ahead of the world's, when code of this turn has kept its one thread busy. */
  get aheadMs(): number {
    return Math.max(0, this.#awakeAt - this.#clock.now)
  }

  /** Something reaches this host: now, or when it is awake again. Never, when it has crashed. */
  deliver(fire: () => void, kind: Held['kind'] = 'message'): void {
    if (!this.#isAlive) return
    if (this.isAsleep) this.#held.push({ kind, fire })
    else fire()
  }

  /** A timer of the user's code on this host, which `stop()` need not have ended. */
  after(delayMs: number, fire: () => void): CancelTimer {
    return this.#clock.schedule(delayMs / (1 + this.#drift) + this.aheadMs, () => this.deliver(fire, 'timer'))
  }

  /**
   * Stands still for so long: what would happen on it meanwhile happens afterwards, at once. Called by code that runs
   * on this host it is that code being busy: the host's clocks are ahead for the rest of the turn.
   */
  pause(ms: number): void {
    this.#pauses++
    this.#awakeAt = Math.max(this.#awakeAt, this.#clock.now) + ms
    this.#clock.schedule(this.#awakeAt - this.#clock.now, () => this.#wake())
  }

  /** From here on nothing happens on it any more. */
  crash(): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    this.#held = []
    for (const listener of [...this.#onCrash]) listener()
    this.#onCrash.clear()
  }

  /** Calls `listener` when it crashes, unless the returned function was called before. */
  onCrash(listener: () => void): () => void {
    this.#onCrash.add(listener)
    return () => void this.#onCrash.delete(listener)
  }

  /** Its wall clock is set. */
  stepClock(ms: number): void {
    this.#skewMs += ms
  }

  get #localNow(): number {
    return Math.max(this.#clock.now, this.#awakeAt)
  }

  #setTimer(delayMs: number, fire: () => void): CancelTimer {
    let waits = true
    const end = (): void => {
      if (waits) this.#timers--
      waits = false
    }
    this.#timers++
    const fireOnce = (): void => {
      if (!waits) return
      end()
      fire()
    }
    // As Node.js has it: whole milliseconds, at least one.
    const cancel = this.after(delayMs <= 0 ? 0 : Math.max(1, Math.trunc(delayMs)), fireOnce)
    return () => {
      cancel()
      end()
    }
  }

  /** Timers come in their order and messages in any, mixed. */
  #wake(): void {
    if (this.isAsleep) return
    const held = this.#held
    this.#held = []
    const ties = held.map(() => this.#random.next())
    const timerTies = ties.filter((_, index) => held[index]?.kind === 'timer').sort((a, b) => a - b)
    held.forEach(({ kind, fire }, index) => {
      const tie = kind === 'timer' ? timerTies.shift() : ties[index]
      this.#clock.schedule(0, () => this.deliver(fire, kind), tie)
    })
  }
}
