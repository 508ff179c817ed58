/** The same revision of a schedule as the model and as the store under test know it. */
export interface RevisionPair {
  readonly id: string
  readonly model: number
  readonly store: number
}

/** Every revision that was drawn in a sequence, oldest first. */
export class RevisionBook {
  readonly #all: RevisionPair[] = []

  add(pair: RevisionPair): void {
    this.#all.push(pair)
  }

  /** The one that the model has drawn as this. */
  present(id: string, model: number): RevisionPair | undefined {
    return this.#all.find((pair) => pair.id === id && pair.model === model)
  }

  /** One that this id had before, the latest first; nothing where it has had none but the present one. */
  earlier(id: string, current: number | undefined, nth: number): RevisionPair | undefined {
    const earlier = this.#all.filter((pair) => pair.id === id && pair.model !== current)
    return earlier[earlier.length - 1 - (nth % earlier.length)]
  }
}
