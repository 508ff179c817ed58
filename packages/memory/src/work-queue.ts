/** A place in a {@link WorkQueue}; keep it to remove the value again. */
export interface QueueNode<T> {
  readonly value: T
  /** Grows from head to tail, so that a reader can go on behind a place that has gone. */
  readonly position: number
  previous: QueueNode<T> | undefined
  next: QueueNode<T> | undefined
}

/** A FIFO queue with removal from the middle, each in O(1): a doubly linked list. */
export class WorkQueue<T> {
  #head: QueueNode<T> | undefined
  #tail: QueueNode<T> | undefined
  #size = 0
  #position = 0
  #headPosition = 0

  get size(): number {
    return this.#size
  }

  get head(): QueueNode<T> | undefined {
    return this.#head
  }

  /** From head to tail. */
  *nodes(): Iterable<QueueNode<T>> {
    for (let node = this.#head; node !== undefined; node = node.next) yield node
  }

  push(value: T): QueueNode<T> {
    const node: QueueNode<T> = { value, position: this.#position++, previous: this.#tail, next: undefined }
    if (this.#tail === undefined) this.#head = node
    else this.#tail.next = node
    this.#tail = node
    this.#size++
    return node
  }

  /** To the head. */
  unshift(value: T): QueueNode<T> {
    const node: QueueNode<T> = { value, position: --this.#headPosition, previous: undefined, next: this.#head }
    if (this.#head === undefined) this.#tail = node
    else this.#head.previous = node
    this.#head = node
    this.#size++
    return node
  }

  remove(node: QueueNode<T>): void {
    if (node.previous === undefined) this.#head = node.next
    else node.previous.next = node.next
    if (node.next === undefined) this.#tail = node.previous
    else node.next.previous = node.previous
    this.#size--
  }
}
