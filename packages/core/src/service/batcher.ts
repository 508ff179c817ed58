/** How a {@link Batcher} sends, and how much at once. */
export interface BatcherOptions<Item, Outcome> {
  /** Sends one batch; resolves to an outcome per item, in order. A rejection rejects each caller of the batch. */
  readonly send: (items: readonly Item[]) => Promise<readonly Outcome[]>
  /** The most items in one batch. */
  readonly maxItems: number
  /** The most weight in one batch, unless a single item has more. */
  readonly maxWeight: number
  readonly weigh: (item: Item) => number
  /** When a batch fails, what has waited longer than this fails with it, unsent. Default: nothing does. */
  readonly patience?: { readonly ms: number; readonly monotonic: () => number }
}

interface Group<Item, Outcome> {
  readonly items: readonly Item[]
  readonly weight: number
  readonly addedAt: number
  /** Its own outcomes are those of the batch from `at` on. */
  readonly resolve: (outcomes: readonly Outcome[], at: number) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: with nothing in flight what is added goes out at once (with what else this tick adds);
 * while a batch is in flight the next one collects. No added latency when idle, bulk speed under load.
 */
export class Batcher<Item, Outcome> {
  readonly #options: BatcherOptions<Item, Outcome>
  #waiting: Group<Item, Outcome>[] = []
  #pending = 0
  #sending: Promise<void> | undefined

  constructor(options: BatcherOptions<Item, Outcome>) {
    this.#options = options
  }

  /** Items added and not yet answered. */
  get pending(): number {
    return this.#pending
  }

  add(item: Item): Promise<Outcome> {
    return new Promise((resolve, reject) => this.post(item, resolve, reject))
  }

  /** As {@link add}, for those who add thousands in a second: tells the outcome by a call, which must not throw. */
  post(item: Item, resolve: (outcome: Outcome) => void, reject: (error: unknown) => void): void {
    this.#addGroup([item], (outcomes, at) => resolve(outcomes[at] as Outcome), reject)
  }

  /**
   * Adds items that travel together: in one batch, as far as `maxItems` and `maxWeight` let them; beyond
   * that in chunks. Rejects when one of the chunks fails, after all of them have ended.
   */
  async addMany(items: readonly Item[]): Promise<Outcome[]> {
    const chunks = await Promise.allSettled(this.#chunksOf(items).map((chunk) => this.#addChunk(chunk)))
    return chunks.flatMap((chunk) => {
      if (chunk.status === 'rejected') throw chunk.reason
      return chunk.value
    })
  }

  /** Resolves when nothing is waiting or in flight. */
  async idle(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending
  }

  #addChunk(chunk: readonly Item[]): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#addGroup(chunk, (outcomes, at) => resolve(outcomes.slice(at, at + chunk.length)), reject)
    })
  }

  #addGroup(items: readonly Item[], resolve: Group<Item, Outcome>['resolve'], reject: (error: unknown) => void): void {
    const { weigh, patience } = this.#options
    let weight = 0
    for (const item of items) weight += weigh(item)
    this.#pending += items.length
    this.#waiting.push({ items, weight, addedAt: patience?.monotonic() ?? 0, resolve, reject })
    this.#sending ??= this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#sendBatch(this.#nextBatch())
    this.#sending = undefined
  }

  async #sendBatch(groups: readonly Group<Item, Outcome>[]): Promise<void> {
    const items = groups.length === 1 && groups[0] ? groups[0].items : groups.flatMap((group) => group.items)
    let outcomes: readonly Outcome[]
    try {
      outcomes = await this.#options.send(items)
    } catch (error) {
      this.#pending -= items.length
      for (const group of groups) group.reject(error)
      this.#rejectOverdue(error)
      return
    }
    this.#pending -= items.length
    let at = 0
    for (const group of groups) {
      group.resolve(outcomes, at)
      at += group.items.length
    }
  }

  #rejectOverdue(error: unknown): void {
    const { patience } = this.#options
    if (patience === undefined) return
    const since = patience.monotonic() - patience.ms
    const isOverdue = ({ addedAt }: Group<Item, Outcome>): boolean => addedAt <= since
    const overdue = this.#waiting.filter(isOverdue)
    this.#waiting = this.#waiting.filter((group) => !isOverdue(group))
    for (const group of overdue) {
      this.#pending -= group.items.length
      group.reject(error)
    }
  }

  #nextBatch(): Group<Item, Outcome>[] {
    let count = 0
    let items = 0
    let weight = 0
    for (const group of this.#waiting) {
      items += group.items.length
      weight += group.weight
      if (count > 0 && (items > this.#options.maxItems || weight > this.#options.maxWeight)) break
      count++
    }
    const batch = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    return batch
  }

  #chunksOf(items: readonly Item[]): Item[][] {
    const { maxItems, maxWeight, weigh } = this.#options
    const chunks: Item[][] = []
    let chunk: Item[] = []
    let weight = 0
    for (const item of items) {
      const itemWeight = weigh(item)
      if (chunk.length === maxItems || (chunk.length > 0 && weight + itemWeight > maxWeight)) {
        chunks.push(chunk)
        chunk = []
        weight = 0
      }
      chunk.push(item)
      weight += itemWeight
    }
    if (chunk.length > 0) chunks.push(chunk)
    return chunks
  }
}
