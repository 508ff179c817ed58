import { GoschedsError } from '../errors.js'

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

/** Who waits for the outcome of one item. Neither call may throw. */
export interface Waiter<Outcome> {
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

interface Group<Item, Outcome> {
  readonly items: readonly Item[]
  readonly weight: number
  readonly addedAt: number
  /** Of one item; nobody where it is several. */
  readonly waiter: Waiter<Outcome> | undefined
  /** Of several. */
  readonly chunk: Waiter<readonly Outcome[]> | undefined
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
    return new Promise((resolve, reject) => this.post(item, { resolve, reject }))
  }

  /** As {@link add}, for those who add thousands in a second: calls the waiter in place of a promise for each. */
  post(item: Item, waiter: Waiter<Outcome>): void {
    this.#addGroup([item], waiter, undefined)
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
    return new Promise((resolve, reject) => this.#addGroup(chunk, undefined, { resolve, reject }))
  }

  #addGroup(
    items: readonly Item[],
    waiter: Waiter<Outcome> | undefined,
    chunk: Waiter<readonly Outcome[]> | undefined,
  ): void {
    const { weigh, patience } = this.#options
    let weight = 0
    for (const item of items) weight += weigh(item)
    this.#pending += items.length
    this.#waiting.push({ items, weight, addedAt: patience?.monotonic() ?? 0, waiter, chunk })
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
      if (outcomes.length !== items.length) {
        throw new GoschedsError(
          'STORE_FAILED',
          `the store answered ${outcomes.length} outcomes for ${items.length} items`,
        )
      }
    } catch (error) {
      this.#pending -= items.length
      for (const group of groups) reject(group, error)
      this.#rejectOverdue(error)
      return
    }
    this.#pending -= items.length
    let at = 0
    for (const { items: own, waiter, chunk } of groups) {
      waiter?.resolve(outcomes[at] as Outcome)
      chunk?.resolve(outcomes.slice(at, at + own.length))
      at += own.length
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
      reject(group, error)
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

function reject<Item, Outcome>({ waiter, chunk }: Group<Item, Outcome>, error: unknown): void {
  waiter?.reject(error)
  chunk?.reject(error)
}
