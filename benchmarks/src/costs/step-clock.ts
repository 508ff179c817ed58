import { type CancelTimer, type Runtime, systemRuntime } from '@goscheds/core'

interface Timer {
  readonly at: number
  readonly fire: () => void
}

/**
 * A runtime whose time is moved from timer to timer, so that whoever moves it can wait for what each has sent to a real
 * server. (`ManualClock.advance` waits for no I/O.) Jitter is always in the middle of its range.
 */
export class StepClock implements Runtime {
  #nowMs: number
  readonly #startMs: number
  readonly #timers = new Set<Timer>()

  constructor(startMs: number) {
    this.#nowMs = startMs
    this.#startMs = startMs
  }

  now(): number {
    return Math.floor(this.#nowMs)
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs
  }

  setTimer(delayMs: number, fire: () => void): CancelTimer {
    if (delayMs <= 0) return systemRuntime.setTimer(0, fire)
    const timer: Timer = { at: this.#nowMs + Math.max(1, Math.trunc(delayMs)), fire }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  random(): number {
    return 0.5
  }

  newId(): string {
    return systemRuntime.newId()
  }

  /** In how many milliseconds the next timer is due; Infinity when there is none. */
  get nextInMs(): number {
    return Math.min(...Array.from(this.#timers, ({ at }) => at)) - this.#nowMs
  }

  /** Moves time forward, by no more than {@link nextInMs}, and fires the timers that are due then. */
  step(ms: number): void {
    this.#nowMs += ms
    for (const timer of this.#timers) {
      if (timer.at > this.#nowMs) continue
      this.#timers.delete(timer)
      timer.fire()
    }
  }
}
