import type { StoreHint } from '@goscheds/core'

/** Who listens for hints. */
export class Hints {
  readonly #listeners = new Set<(hint: StoreHint) => void>()

  /** `job`: only its end is told, and nothing else. → what ends it */
  subscribe(listener: (hint: StoreHint) => void, job?: string): () => void {
    const own = (hint: StoreHint): void => {
      if (hint.type === 'finished' ? hint.id === job : job === undefined) listener(hint)
    }
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  /** Told once the call that sends it has done its work. */
  send(hint: StoreHint): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => this.#listeners.has(listener) && listener(hint))
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
