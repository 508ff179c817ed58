import type { SeededRandom } from '../clock/seeded-random.js'
import type { VirtualClock } from '../clock/virtual-clock.js'
import type { FaultProfile } from '../network/faults.js'
import { Host } from './host.js'
import { mark, type Service, type Services, startServices, type Surroundings } from './services.js'
import type { MachinePlan } from './settings.js'

const HOUR_MS = 3_600_000

/** One that was stopped: when it was asked to, how long it took, and what it may still hold. */
export interface Stopped {
  readonly process: string
  readonly tookMs: number
  readonly graceMs: number
  /** It stood still meanwhile, so that the time it took says nothing. */
  readonly wasPaused: boolean
  readonly isPlain: boolean
  readonly heldNow: () => number
}

/** What a machine needs to know of its world. */
export interface MachineOptions {
  readonly plan: MachinePlan
  readonly clock: VirtualClock
  readonly random: SeededRandom
  readonly profile: FaultProfile
  readonly surroundings: Surroundings
  readonly onStopped: (stopped: Stopped) => void
}

/** A machine that runs what its plan says, goes down, and comes back as new processes. */
export class Machine {
  readonly #options: MachineOptions
  readonly #skewMs: number
  #starts = 0
  #host: Host | undefined
  #services: Services | undefined
  #state: 'down' | 'up' | 'stopping' = 'down'

  constructor(options: MachineOptions) {
    this.#options = options
    const { random, profile, surroundings } = options
    this.#skewMs = profile.isSkewed ? random.int(-5 * HOUR_MS, 5 * HOUR_MS) : 0
    if (profile.isSkewed) surroundings.network.count('clock skew')
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  get isAsleep(): boolean {
    return this.#host?.isAsleep ?? false
  }

  get host(): Host | undefined {
    return this.#host
  }

  /** What its users can use, while it is up. */
  get services(): Services | undefined {
    return this.#state === 'up' ? this.#services : undefined
  }

  start(): void {
    const { plan, clock, random, profile, surroundings } = this.#options
    if (this.#starts > 0) surroundings.network.count('restart')
    const name = `${plan.name}.${this.#starts++}`
    const drift = profile.isDrifting ? random.between(-0.008, 0.008) : 0
    const host = new Host(name, clock, random.fork(), { skewMs: this.#skewMs, drift })
    const services = startServices(plan, host, random.fork(), surroundings)
    this.#host = host
    this.#services = services
    this.#state = 'up'
    const onCrash = (): void => {
      for (const { process } of services.all) mark(surroundings, { type: 'process', process, what: 'crashed' })
      this.#down()
    }
    // The first call of a service may have brought it down already.
    if (host.isAlive) host.onCrash(onCrash)
    else onCrash()
  }

  pause(ms: number): void {
    const { clock, surroundings } = this.#options
    const host = this.#host
    if (host === undefined || this.#state === 'down' || host.isAsleep) return
    const say = (what: 'paused' | 'resumed'): void => {
      for (const { process } of this.#services?.all ?? []) mark(surroundings, { type: 'process', process, what })
    }
    say('paused')
    host.pause(ms)
    clock.schedule(ms, () => host.isAlive && host === this.#host && say('resumed'), -1)
  }

  /** Stops everything on it, gracefully. Does nothing unless it is up. */
  async stop(graceMs: number): Promise<void> {
    const host = this.#host
    const services = this.#services
    if (this.#state !== 'up' || host === undefined || services === undefined) return
    this.#state = 'stopping'
    // The process is asked by its own event loop, and a signal that comes while it stands still waits.
    await new Promise<void>((resolve) => host.deliver(resolve))
    await Promise.all(services.all.map((service) => this.#stopOne(service, host, graceMs)))
    this.#down()
  }

  async #stopOne({ process, stop, held }: Service, host: Host, graceMs: number): Promise<void> {
    const { clock, surroundings, onStopped } = this.#options
    const since = clock.now
    const pausesBefore = host.pauses
    await stop(graceMs)
    // One that took so long may have given up on a store that hangs, and is free to call it later.
    const isClean = surroundings.isHealthy() || clock.now - since < surroundings.settings.storeTimeoutMs * 0.98
    if (isClean) mark(surroundings, { type: 'process', process, what: 'stopped' })
    const wasPaused = host.pauses > pausesBefore || host.isAsleep
    const heldNow = (): number => (host.isAlive ? held() + host.timers : 0)
    onStopped({ process, tookMs: clock.now - since, graceMs, wasPaused, isPlain: host.isAlive, heldNow })
  }

  #down(): void {
    const { clock, random, surroundings } = this.#options
    if (this.#state === 'down') return
    this.#state = 'down'
    const isCalm = surroundings.network.isHealed
    clock.schedule(random.between(200, isCalm ? 1_000 : 12_000), () => {
      if (!surroundings.isOver() && this.#state === 'down') this.start()
    })
  }
}
