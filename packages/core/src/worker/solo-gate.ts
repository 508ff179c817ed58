import type { ClaimedJob } from '../contract/job.js'
import { unlessAborted } from '../service/unless-aborted.js'

/** A job that has been recovered so often may be one that kills its process. */
const SUSPECT_RECOVERIES = 2

/**
 * Lets one of the jobs that were recovered twice run at a time, in all lanes of a worker: if it is one that kills its
 * process, its neighbours must not die with it often enough to end dead themselves. The others go back meanwhile, since
 * waiting under a lease would count their recoveries too.
 */
export class SoloGate {
  #running = false
  readonly #goingBack = new Set<Promise<unknown>>()

  /** Whether it must go back. If not, and it is one that runs alone, the gate is closed until {@link leave}. */
  refuses(claimed: ClaimedJob): boolean {
    if (!this.runsAlone(claimed)) return false
    if (this.#running) return true
    this.#running = true
    return false
  }

  runsAlone({ recoveries }: ClaimedJob): boolean {
    return recoveries >= SUSPECT_RECOVERIES
  }

  leave(): void {
    this.#running = false
  }

  /**
   * Resolves when those that came with the same claim, and were refused, are no longer this worker's, or at once when
   * the signal aborts: then there is nothing to run.
   */
  async othersAreGone(signal: AbortSignal): Promise<void> {
    // They are refused in this very turn.
    await Promise.resolve()
    await unlessAborted(Promise.allSettled(this.#goingBack), [signal]).catch(() => {})
  }

  goesBack(settled: Promise<unknown>): void {
    this.#goingBack.add(settled)
    void settled.finally(() => this.#goingBack.delete(settled))
  }
}
