/** What {@link IdleWatch} asks and tells. */
export interface IdleWatchOptions {
  /** Whether anything runs or is not settled yet. */
  readonly isBusy: () => boolean
  readonly onDrained: (name: string) => void
  readonly onIdle: () => void
}

/** Sees when the queues of a worker have been emptied, and when it has nothing left to do. */
export class IdleWatch {
  readonly #options: IdleWatchOptions
  /** Of each name, whether its last claim found the end of its queue; false before the first. */
  readonly #isEmpty = new Map<string, boolean>()
  /** Names from whose queue jobs were taken since it was last found empty. */
  readonly #filled = new Set<string>()
  #hasWorked = false

  constructor(options: IdleWatchOptions) {
    this.#options = options
  }

  /** The worker is to claim this name: it is not idle before it has looked there. */
  watch(name: string): void {
    this.#isEmpty.set(name, false)
  }

  /** A claim of this name was answered. */
  claimed(name: string, jobs: number, isEmpty: boolean): void {
    if (jobs > 0) {
      this.#filled.add(name)
      this.#hasWorked = true
    }
    this.#isEmpty.set(name, isEmpty)
    if (isEmpty && this.#filled.delete(name)) this.#options.onDrained(name)
    this.#look()
  }

  /** A job was settled. */
  settled(): void {
    this.#look()
  }

  #look(): void {
    if (!this.#hasWorked || this.#options.isBusy()) return
    for (const isEmpty of this.#isEmpty.values()) if (!isEmpty) return
    this.#hasWorked = false
    this.#options.onIdle()
  }
}
