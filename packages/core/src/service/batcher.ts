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
  /**
   * How many batches may be in flight: each an equal share of what waits, and a further one only when as much waits as those in flight
   * have on average, and no fewer than {@link MIN_SHARE} items. Default 1.
   */
  readonly maxInFlight?: number
  /** When a batch fails, what has waited longer than this fails with it, unsent. Default: nothing does. */
  readonly patience?: { readonly ms: number; readonly monotonic: () => number }
}

/** A call of its own costs a store as much as about five items do. */
const MIN_SHARE = 8

/** Who waits for the outcome of one item. Neither call may throw. */
export interface Waiter<Outcome> {
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

interface NewGroup<Item, Outcome> {
  readonly items: readonly Item[]
  /** Whether it is one of several chunks, which are not to overtake each other. */
  readonly isPart: boolean
  /** Of one item; nobody where it is several. */
  readonly waiter: Waiter<Outcome> | undefined
  /** Of several. */
  readonly chunk: Waiter<readonly Outcome[]> | undefined
}

interface Group<Item, Outcome> extends NewGroup<Item, Outcome> {
  readonly weight: number
  readonly addedAt: number
}

/**
 * Group commit: with nothing in flight what is added goes out at once (with what else this tick adds);
 * while a batch is in flight the next one collects. No added latency when idle, bulk speed under load.
 *
 * With several in flight, store and callers need not wait for each other: a batch is worked on while the answer to the one before
 * is read and the one behind is made, so that neither falls asleep, which costs more than the work where to wake a process is dear.
 */
export class Batcher<Item, Outcome> {
  readonly #options: BatcherOptions<Item, Outcome>
  #waiting: Group<Item, Outcome>[] = []
  #waitingItems = 0
  #pending = 0
  #inFlight = 0
  #partsInFlight = 0
  #isDue = false
  #tickAt = 0
  readonly #idle: (() => void)[] = []

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
    this.#addGroup({ items: [item], isPart: false, waiter, chunk: undefined })
  }

  /**
   * Adds items that travel together: in one batch, as far as `maxItems` and `maxWeight` let them; beyond
   * that in chunks, one after the other. Rejects when one of the chunks fails, after all of them have ended.
   */
  async addMany(items: readonly Item[]): Promise<Outcome[]> {
    const parts = this.#chunksOf(items)
    const chunks = await Promise.allSettled(parts.map((part) => this.#addChunk(part, parts.length > 1)))
    return chunks.flatMap((chunk) => {
      if (chunk.status === 'rejected') throw chunk.reason
      return chunk.value
    })
  }

  /** Resolves when nothing is waiting or in flight. */
  async idle(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #addChunk(items: readonly Item[], isPart: boolean): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) =>
      this.#addGroup({ items, isPart, waiter: undefined, chunk: { resolve, reject } }),
    )
  }

  #addGroup({ items, isPart, waiter, chunk }: NewGroup<Item, Outcome>): void {
    const { weigh, patience } = this.#options
    // What is added in one tick has one time.
    if (!this.#isDue) this.#tickAt = patience?.monotonic() ?? 0
    let weight = 0
    for (const item of items) weight += weigh(item)
    this.#pending += items.length
    this.#waitingItems += items.length
    this.#waiting.push({ items, isPart, waiter, chunk, weight, addedAt: this.#tickAt })
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      this.#send()
    })
  }

  #send(): void {
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) {
      const parts = batch.some(({ isPart }) => isPart) ? 1 : 0
      this.#inFlight++
      this.#partsInFlight += parts
      void this.#sendBatch(batch).then(() => {
        this.#inFlight--
        this.#partsInFlight -= parts
        this.#send()
      })
    }
    if (this.#inFlight === 0) for (const wake of this.#idle.splice(0)) wake()
  }

  async #sendBatch(groups: readonly Group<Item, Outcome>[]): Promise<void> {
    const items = itemsOf(groups)
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
      this.#waitingItems -= group.items.length
      reject(group, error)
    }
  }

  /** What is to be sent now: nothing while that is too little for a further batch. */
  #nextBatch(): readonly Group<Item, Outcome>[] {
    const { maxInFlight = 1, maxItems, maxWeight } = this.#options
    const free = maxInFlight - this.#inFlight
    const enough = Math.max(MIN_SHARE, Math.floor(this.#pending / maxInFlight))
    if (free === 0 || (this.#inFlight > 0 && this.#waitingItems < enough)) return []
    // Equal shares for those that may go now; with one in flight, all.
    const batches = Math.max(1, Math.min(free, Math.floor(this.#waitingItems / enough)))
    const share = Math.min(maxItems, Math.ceil(this.#waitingItems / batches))
    let count = 0
    let items = 0
    let weight = 0
    for (const group of this.#waiting) {
      if (group.isPart && this.#partsInFlight > 0) break
      if (count > 0 && (items + group.items.length > share || weight + group.weight > maxWeight)) break
      items += group.items.length
      weight += group.weight
      count++
    }
    this.#waitingItems -= items
    return this.#waiting.splice(0, count)
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

/** A loop in place of `flatMap`, which took as long as all else that is done with a group of one. */
function itemsOf<Item, Outcome>(groups: readonly Group<Item, Outcome>[]): readonly Item[] {
  const [first] = groups
  if (first !== undefined && groups.length === 1) return first.items
  const items: Item[] = []
  for (const group of groups) for (const item of group.items) items.push(item)
  return items
}

function reject<Item, Outcome>({ waiter, chunk }: Group<Item, Outcome>, error: unknown): void {
  waiter?.reject(error)
  chunk?.reject(error)
}
