import type { CancelTimer, Runtime } from '../runtime/runtime.js'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

/** What a {@link Loop} does, and where its errors go. */
export interface LoopOptions {
  readonly runtime: Runtime
  /**
   * One round of work; resolves to how many milliseconds to sleep before the next (0: go on at once,
   * Infinity: until woken). A rejection goes to `onError` and the loop goes on after a back-off: 100 ms,
   * doubling up to 5 s, jittered.
   */
  readonly step: (signal: AbortSignal) => Promise<number>
  readonly onError: (error: unknown) => void
}

/** The one kind of background service: a step that is repeated, sleeps in between, and survives any error. */
export class Loop {
  readonly #options: LoopOptions
  #stopping: AbortController | undefined
  #done: Promise<void> | undefined
  #endPause: (() => void) | undefined
  #isBackingOff = false
  #woken = false

  constructor(options: LoopOptions) {
    this.#options = options
  }

  /** Does nothing when it runs already. */
  start(): void {
    if (this.#done !== undefined) return
    this.#stopping = new AbortController()
    this.#done = this.#run(this.#stopping.signal)
  }

  /** Aborts the step's signal and resolves when the step has returned. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping?.abort()
    this.#endPause?.()
    await this.#done
    this.#done = undefined
  }

  /** Ends the present sleep, or skips the next one if a step is under way. A pause after an error is kept. */
  wake(): void {
    this.#woken = true
    if (!this.#isBackingOff) this.#endPause?.()
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      this.#woken = false
      let pauseMs: number
      try {
        pauseMs = await this.#options.step(signal)
        failures = 0
        if (this.#woken) pauseMs = 0
      } catch (error) {
        this.#isBackingOff = true
        pauseMs = retryPauseMs(failures++, this.#options.runtime)
        if (!signal.aborted) this.#report(error)
      }
      if (!signal.aborted) await this.#pause(pauseMs)
      this.#isBackingOff = false
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError(error)
    } catch {
      // A loop outlives whoever should hear of its errors.
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let cancelTimer: CancelTimer | undefined
      this.#endPause = () => {
        this.#endPause = undefined
        cancelTimer?.()
        resolve()
      }
      if (ms !== Infinity) cancelTimer = this.#options.runtime.setTimer(ms, this.#endPause)
    })
  }
}

/** How long to pause after the given number of earlier failures in a row: 100 ms, doubling up to 5 s, jittered. */
export function retryPauseMs(earlierFailures: number, runtime: Runtime): number {
  const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** earlierFailures)
  return longest * (0.5 + runtime.random() / 2)
}
