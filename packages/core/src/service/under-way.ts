/** Counts calls that are under way, so that whoever stops can wait for them. */
export class UnderWay {
  #count = 0
  #onIdle: (() => void) | undefined

  get count(): number {
    return this.#count
  }

  begin(): void {
    this.#count++
  }

  /** Once for each `begin`. */
  end(): void {
    this.#count--
    if (this.#count === 0) this.#onIdle?.()
  }

  async track<Result>(run: () => Promise<Result>): Promise<Result> {
    this.begin()
    try {
      return await run()
    } finally {
      this.end()
    }
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    while (this.#count > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }
}
