/** A member of a {@link TimeOrderedSet}; keep it to remove the value again. */
export interface TimedNode<T> {
  readonly at: number
  readonly order: number
  readonly value: T
  /** Where it stands in the heap; kept by the set. */
  index: number
}

/**
 * Values ordered by time, and among equal times by `order`: what a ZSET is to the Redis store. A binary
 * heap whose nodes know their places, so that adding and removing any member take O(log n).
 */
export class TimeOrderedSet<T> {
  readonly #heap: TimedNode<T>[] = []

  get size(): number {
    return this.#heap.length
  }

  first(): TimedNode<T> | undefined {
    return this.#heap[0]
  }

  add(at: number, order: number, value: T): TimedNode<T> {
    const node: TimedNode<T> = { at, order, value, index: this.#heap.length }
    this.#heap.push(node)
    this.#siftUp(node)
    return node
  }

  remove(node: TimedNode<T>): void {
    const last = this.#heap.pop()
    if (last === undefined || last === node) return
    this.#place(last, node.index)
    this.#siftUp(last)
    this.#siftDown(last)
  }

  has(node: TimedNode<T>): boolean {
    return this.#heap[node.index] === node
  }

  /** All members, earliest first; for reading only, O(n log n). */
  sorted(): TimedNode<T>[] {
    return [...this.#heap].sort(compareNodes)
  }

  #place(node: TimedNode<T>, index: number): void {
    this.#heap[index] = node
    node.index = index
  }

  #siftUp(node: TimedNode<T>): void {
    while (node.index > 0) {
      const parent = this.#heap[(node.index - 1) >> 1]
      if (parent === undefined || compareNodes(parent, node) <= 0) return
      this.#swap(parent, node)
    }
  }

  #siftDown(node: TimedNode<T>): void {
    for (;;) {
      const left = this.#heap[2 * node.index + 1]
      if (left === undefined) return
      const right = this.#heap[2 * node.index + 2]
      const child = right !== undefined && compareNodes(right, left) < 0 ? right : left
      if (compareNodes(node, child) <= 0) return
      this.#swap(node, child)
    }
  }

  #swap(a: TimedNode<T>, b: TimedNode<T>): void {
    const index = a.index
    this.#place(a, b.index)
    this.#place(b, index)
  }
}

function compareNodes(a: TimedNode<unknown>, b: TimedNode<unknown>): number {
  return a.at - b.at || a.order - b.order
}
