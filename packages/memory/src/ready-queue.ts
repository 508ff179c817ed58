import type { MemoryJob } from './memory-job.js'
import { type QueueNode, WorkQueue } from './work-queue.js'

/** So often the next priority in turn is served, while there are several. */
const TURN = 16

/**
 * The ready jobs of one name: the lowest priority first, first in first out within each. So that none starves, every
 * 16th job that leaves while there are others than those of priority 0 is the first of the next priority in turn.
 */
export class ReadyQueue {
  readonly #plain = new WorkQueue<MemoryJob>()
  /** Of the other priorities; a queue stays when it is empty, so that places in it never come again. */
  readonly #others = new Map<number, WorkQueue<MemoryJob>>()
  /** How many jobs have another priority than 0. */
  #ordered = 0
  #taken = 0
  #lastTurn = -Infinity

  get size(): number {
    return this.#plain.size + this.#ordered
  }

  push(job: MemoryJob): QueueNode<MemoryJob> {
    if (job.priority === 0) return this.#plain.push(job)
    this.#ordered++
    let queue = this.#others.get(job.priority)
    if (queue === undefined) this.#others.set(job.priority, (queue = new WorkQueue()))
    return queue.push(job)
  }

  remove(node: QueueNode<MemoryJob>): void {
    const { priority } = node.value
    if (priority === 0) return this.#plain.remove(node)
    this.#others.get(priority)?.remove(node)
    this.#ordered--
    if (this.#ordered > 0) return
    this.#taken = 0
    this.#lastTurn = -Infinity
  }

  /** The job to take now; whoever asks must take it, since its turn has been counted. */
  next(): MemoryJob | undefined {
    if (this.#ordered === 0) return this.#plain.head?.value
    this.#taken++
    const priorities = this.#priorities()
    if (this.#taken % TURN !== 0) return this.#queueOf(priorities[0])?.head?.value
    const inTurn = priorities.find((priority) => priority > this.#lastTurn) ?? priorities[0]
    this.#lastTurn = inTurn ?? -Infinity
    return this.#queueOf(inTurn)?.head?.value
  }

  /** Of each priority that has jobs, the first. */
  heads(): MemoryJob[] {
    return this.#priorities().flatMap((priority) => this.#queueOf(priority)?.head?.value ?? [])
  }

  /** All places, by priority and then from head to tail. */
  *places(): Iterable<QueueNode<MemoryJob>> {
    for (const priority of this.#priorities()) yield* this.#queueOf(priority)?.nodes() ?? []
  }

  /** Those that have ready jobs, the lowest first. */
  #priorities(): number[] {
    const used = [...this.#others].filter(([, { size }]) => size > 0).map(([priority]) => priority)
    if (this.#plain.size > 0) used.push(0)
    return used.sort((a, b) => a - b)
  }

  #queueOf(priority: number | undefined): WorkQueue<MemoryJob> | undefined {
    return priority === 0 ? this.#plain : this.#others.get(priority ?? NaN)
  }
}
