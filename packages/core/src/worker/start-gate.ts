import type { Runtime } from '../runtime/runtime.js'
import { sleep } from '../service/sleep.js'

/** How long handlers may keep the event loop busy before others begin. */
const BUSY_MS = 5

/**
 * Lets handlers begin one after the other. When one has kept the event loop busy, the next waits a turn, so that
 * renewals and settlements go out in between: a claim of many jobs with synchronous handlers would otherwise
 * outlive its leases before the first of them is settled.
 */
export class StartGate<Starter> {
  readonly #runtime: Runtime
  readonly #start: (starter: Starter) => void
  #turn: Promise<void> | undefined

  /** `start` must not throw. */
  constructor(runtime: Runtime, start: (starter: Starter) => void) {
    this.#runtime = runtime
    this.#start = start
  }

  begin(starter: Starter): void {
    if (this.#turn !== undefined) {
      void this.#turn.then(() => this.begin(starter))
      return
    }
    const beganAt = this.#runtime.monotonic()
    this.#start(starter)
    if (this.#runtime.monotonic() - beganAt >= BUSY_MS) {
      this.#turn = sleep(this.#runtime, 0).then(() => (this.#turn = undefined))
    }
  }
}
