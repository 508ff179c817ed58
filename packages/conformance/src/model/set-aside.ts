/** The contract gives a vanished worker's job back at the latest this long after its wait was to end. */
const GIVEN_BACK_AFTER_MS = 30_000

interface Waited {
  readonly worker: string
  readonly until: number
}

/**
 * For which worker the store may have set a job of a name aside. The model sets nothing aside, so until the job
 * is claimed or given back, only that worker may claim of the name: to any other the order of the queue differs.
 */
export class SetAside {
  /** Waits that ended at once and have not been made up for by `returned` jobs of a reap. */
  maySoonReturn = 0
  readonly #byName = new Map<string, Waited>()

  /** A worker has waited at `now`. */
  waited(name: string, worker: string, until: number): void {
    this.#byName.set(name, { worker, until: until + GIVEN_BACK_AFTER_MS })
    this.maySoonReturn += 1
  }

  /** The worker that may claim of the name, if it is one only. */
  workerOf(name: string): string | undefined {
    return this.#byName.get(name)?.worker
  }

  /** That worker has claimed of the name. */
  claimed(name: string): void {
    this.#byName.delete(name)
  }

  /** The worker has given back what it had. */
  left(worker: string): void {
    for (const [name, waited] of this.#byName) if (waited.worker === worker) this.#byName.delete(name)
  }

  /** A reap has gone through all there was: nothing is left aside that is over its time. */
  reaped(now: number): void {
    for (const [name, { until }] of this.#byName) if (until <= now) this.#byName.delete(name)
  }

  /** When everything is certain to be given back by a reap. */
  get lastUntil(): number {
    return Math.max(0, ...[...this.#byName.values()].map(({ until }) => until))
  }
}
