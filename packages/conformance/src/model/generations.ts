/**
 * Which generation (or revision of a schedule) of the store stands for which of the model. Stores number as they like; what the contract
 * says is that none is drawn twice and that later ones are greater.
 */
export class Generations {
  /** By the model's generation, so also by the store's. */
  readonly #pairs: { readonly model: number; readonly store: number }[] = []

  /** Whether the two can stand for the same draw, after all that was seen before. Remembers them if they can. */
  agree(model: number, store: number): boolean {
    if (!Number.isSafeInteger(store)) return false
    let place = this.#pairs.length
    for (; place > 0; place -= 1) if ((this.#pairs[place - 1]?.model ?? 0) <= model) break
    const before = this.#pairs[place - 1]
    if (before?.model === model) return before.store === store
    const after = this.#pairs[place]
    if (before !== undefined && before.store >= store) return false
    if (after !== undefined && after.store <= store) return false
    this.#pairs.splice(place, 0, { model, store })
    return true
  }
}

/** What is drawn, by what it is called. */
export type Draws = Readonly<Record<'generation' | 'revision', Generations>>
