/** A member of a {@link TimeOrderedSet}; keep it to remove the value again. */
export interface TimedNode<T, Order = number> {
  readonly at: number
  readonly order: Order
  readonly value: T
  /** Where it stands in the heap; kept by the set. */
  index: number
}

/**
 * Values ordered by time, and among equal times by `order`: what a ZSET is to the Redis store. A binary
 * heap whose nodes know their places, so that adding and removing any member take O(log n).
 */
export class TimeOrderedSet<T, Order = number> {
  readonly #heap: TimedNode<T, Order>[] = []
  readonly #byOrder: (a: Order, b: Order) => number

  constructor(byOrder: (a: Order, b: Order) => number) {
    this.#byOrder = byOrder
  }

  get size(): number {
    return this.#heap.length
  }

  first(): TimedNode<T, Order> | undefined {
    return this.#heap[0]
  }

  add(at: number, order: Order, value: T): TimedNode<T, Order> {
    const node: TimedNode<T, Order> = { at, order, value, index: this.#heap.length }
    this.#heap.push(node)
    this.#siftUp(node)
    return node
  }

  remove(node: TimedNode<T, Order>): void {
    const last = this.#heap.pop()
    if (last === undefined || last === node) return
    this.#place(last, node.index)
    this.#siftUp(last)
    this.#siftDown(last)
  }

  has(node: TimedNode<T, Order>): boolean {
    return this.#heap[node.index] === node
  }

  /** Those up to `at`, earliest first. It looks at no others but the next ones. */
  upTo(at: number): TimedNode<T, Order>[] {
    const found: TimedNode<T, Order>[] = []
    const indexes = [0]
    for (let index = indexes.pop(); index !== undefined; index = indexes.pop()) {
      const node = this.#heap[index]
      if (node === undefined || node.at > at) continue
      found.push(node)
      indexes.push(2 * index + 1, 2 * index + 2)
    }
    return found.sort((a, b) => this.#compare(a, b))
  }

  /** All members, earliest first; for reading only, O(n log n). */
  sorted(): TimedNode<T, Order>[] {
    return [...this.#heap].sort((a, b) => this.#compare(a, b))
  }

  #place(node: TimedNode<T, Order>, index: number): void {
    this.#heap[index] = node
    node.index = index
  }

  #siftUp(node: TimedNode<T, Order>): void {
    while (node.index > 0) {
      const parent = this.#heap[(node.index - 1) >> 1]
      if (parent === undefined || this.#compare(parent, node) <= 0) return
      this.#swap(parent, node)
    }
  }

  #siftDown(node: TimedNode<T, Order>): void {
    for (;;) {
      const left = this.#heap[2 * node.index + 1]
      if (left === undefined) return
      const right = this.#heap[2 * node.index + 2]
      const child = right !== undefined && this.#compare(right, left) < 0 ? right : left
      if (this.#compare(node, child) <= 0) return
      this.#swap(node, child)
    }
  }

  #swap(a: TimedNode<T, Order>, b: TimedNode<T, Order>): void {
    const index = a.index
    this.#place(a, b.index)
    this.#place(b, index)
  }

  #compare(a: TimedNode<T, Order>, b: TimedNode<T, Order>): number {
    return a.at - b.at || this.#byOrder(a.order, b.order)
  }
}

/** Of numbers, the lower first. */
export function byNumber(a: number, b: number): number {
  return a - b
}
