import { GoschedsError, Scheduler, type Store } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { VirtualClock } from '../clock/virtual-clock.js'
import type { Network } from '../network/network.js'
import { RemoteStore } from '../network/remote-store.js'
import { Host } from '../world/host.js'
import { whileAlive } from '../world/while-alive.js'
import { plans } from './plans.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** What a {@link Machine} needs. */
export interface MachineOptions {
  readonly name: string
  readonly clock: VirtualClock
  readonly network: Network
  readonly random: SeededRandom
  /** The store behind the network. */
  readonly store: Store
}

/** A machine with a Scheduler that crashes every few hours and comes back as a new process, which puts its schedules again. */
export class Machine {
  readonly #options: MachineOptions
  readonly errors: string[] = []
  crashes = 0
  #starts = 0
  #host: Host | undefined
  #downUntil = -Infinity
  #isStarting = false

  constructor(options: MachineOptions) {
    this.#options = options
  }

  start(): void {
    const { name, clock, network, random, store } = this.#options
    const clocks = { skewMs: random.int(-5 * HOUR_MS, 5 * HOUR_MS), drift: random.between(-0.005, 0.005) }
    const host = new Host(`${name}${this.#starts++}`, clock, random.fork(), clocks)
    this.#host = host
    this.#isStarting = false
    const remote = new RemoteStore({ host, network, random: random.fork(), store, onAgain: () => {} })
    const scheduler = new Scheduler({
      store: whileAlive(host, remote),
      runtime: host.runtime,
      reapIntervalMs: HOUR_MS,
      promotionCapMs: HOUR_MS,
      logger: { warn() {}, error() {} },
    })
    scheduler.on('error', (error) => this.#onError(error))
    host.onCrash(() => this.#onCrash(host))
    scheduler.start()
    // As each start of an application does.
    host.deliver(() => void this.#deploy(scheduler))
    if (!network.isHealed) host.after(random.until(6 * HOUR_MS), () => !network.isHealed && host.crash())
  }

  crash(): void {
    this.#downUntil = Infinity
    this.#host?.crash()
  }

  /** Down now, and not up again before so long. */
  downFor(ms: number): void {
    this.#downUntil = this.#options.clock.now + ms
    this.#host?.crash()
  }

  #onCrash(host: Host): void {
    const { clock, random } = this.#options
    this.crashes++
    if (host !== this.#host || this.#isStarting || this.#downUntil === Infinity) return
    this.#isStarting = true
    const afterMs = random.chance(0.8) ? random.between(1_000, 5 * MINUTE_MS) : random.between(0, 3 * HOUR_MS)
    this.#startIn(Math.max(afterMs, this.#downUntil - clock.now))
  }

  #startIn(ms: number): void {
    const { clock } = this.#options
    clock.schedule(ms, () => {
      // Everything was taken down again meanwhile.
      if (this.#downUntil === Infinity) return
      if (clock.now < this.#downUntil) this.#startIn(this.#downUntil - clock.now)
      else this.start()
    })
  }

  async #deploy(scheduler: Scheduler): Promise<void> {
    for (const { input } of plans) await scheduler.schedules.put(input).catch((error: unknown) => this.#onError(error))
  }

  /** The network breaks calls; nothing else may go wrong. */
  #onError(error: unknown): void {
    const code = error instanceof GoschedsError ? error.code : ''
    if (code === 'STORE_FAILED' || code === 'STORE_TIMEOUT') return
    this.errors.push(`${this.#options.name} had the error ${String(error)}`)
  }
}
