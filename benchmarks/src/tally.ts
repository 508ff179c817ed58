/** How long a run may stand still before it has failed, in milliseconds. */
const STALL_MS = 30_000

/**
 * Watches over the jobs of one run: each number from 0 to below `jobs` exactly once. A job that runs twice, has a number
 * that was never pushed, or does not come rejects {@link Tally.finished}, so that a figure is never printed of a run that
 * lost or doubled a job.
 */
export class Tally {
  readonly #jobs: number
  readonly #seen: Uint8Array
  readonly #finished: Promise<void>
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined
  #handled = 0
  #settled = 0
  #fault: Error | undefined

  constructor(jobs: number) {
    this.#jobs = jobs
    this.#seen = new Uint8Array(Math.ceil(jobs / 8))
    this.#finished = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever awaits it hears of the fault; without anyone it must not end the process before the clean-up.
    this.#finished.catch(() => undefined)
  }

  /** The handler of this job was called. */
  handled(n: number): void {
    const bit = 1 << (n & 7)
    const byte = this.#seen[n >> 3]
    if (!Number.isInteger(n) || n < 0 || n >= this.#jobs || byte === undefined) {
      this.fail(new Error(`job ${String(n)} was never pushed: the run has jobs 0 to ${String(this.#jobs - 1)}`))
    } else if ((byte & bit) !== 0) {
      this.fail(new Error(`job ${String(n)} ran twice`))
    } else {
      this.#seen[n >> 3] = byte | bit
      this.#handled++
    }
  }

  /** The store has the end of one more job. */
  settled(): void {
    if (++this.#settled === this.#jobs) this.#resolve()
  }

  /** Something happened that must not happen in a benchmark, such as a retry. The first one is the run's error. */
  fail(error: Error): void {
    this.#fault ??= error
    this.#reject(this.#fault)
  }

  /** Resolves when the end of every job is in the store; rejects at the first fault, and when nothing moves any more. */
  async finished(): Promise<void> {
    let last = -1
    const watch = setInterval(() => {
      if (this.#settled === last) this.fail(new Error(`nothing moves any more: ${this.#progress()}`))
      last = this.#settled
    }, STALL_MS)
    try {
      await this.#finished
    } finally {
      clearInterval(watch)
    }
  }

  /** @throws Error unless every job ran exactly once and ended. To be called when nothing runs any more. */
  verify(): void {
    if (this.#fault !== undefined) throw this.#fault
    if (this.#handled !== this.#jobs || this.#settled !== this.#jobs) {
      throw new Error(`not every job ran exactly once: ${this.#progress()}`)
    }
  }

  #progress(): string {
    return `of ${String(this.#jobs)} jobs ${String(this.#handled)} ran and ${String(this.#settled)} ended`
  }
}
