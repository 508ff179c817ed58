import type { CancelTimer, Runtime } from '@goscheds/core'
import type { SeededRandom } from './seeded-random.js'

interface TimedEvent {
  readonly at: number
  /** Drawn from the seed: the order among events of the same instant. */
  readonly tie: number
  fire: (() => void) | undefined
}

/** Where virtual time starts: 2024-01-01T00:00:00Z. */
const START_MS = Date.parse('2024-01-01T00:00:00Z')

/** Beyond so many events a run of a minute or two goes round in circles without getting anywhere. */
const MAX_EVENTS = 400_000

const EVENTS_PER_TURN = 16

/**
 * The one clock of a simulated world: a queue of events in virtual time. Events of the same instant fire in an order
 * drawn from the seed. Between two events every chain of promises runs out.
 */
export class VirtualClock {
  readonly #random: SeededRandom
  readonly #heap: TimedEvent[] = []
  /** Since the start: an epoch would leave too few digits for fractions. */
  #elapsed = 0
  #fired = 0

  readonly #maxEvents: number

  constructor(random: SeededRandom, maxEvents = MAX_EVENTS) {
    this.#random = random
    this.#maxEvents = maxEvents
  }

  /** Milliseconds since the Unix epoch, with fractions. */
  get now(): number {
    return START_MS + this.#elapsed
  }

  /** How many events have fired. */
  get fired(): number {
    return this.#fired
  }

  /** Events that are still to fire. */
  get pending(): number {
    return this.#heap.filter(({ fire }) => fire !== undefined).length
  }

  /** Calls `fire` `delayMs` from now; 0 or less: at this instant, but not synchronously. */
  schedule(delayMs: number, fire: () => void, tie: number = this.#random.next()): CancelTimer {
    const event: TimedEvent = { at: this.#elapsed + Math.max(0, delayMs), tie, fire }
    this.#push(event)
    return () => (event.fire = undefined)
  }

  /** Fires what is due within `forMs`, or until `isDone` says so after an event. Resolves to whether it did. */
  async run(forMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    const until = this.#elapsed + forMs
    await turn()
    for (let event = this.#heap[0]; event !== undefined && event.at <= until; event = this.#heap[0]) {
      this.#pop()
      const { fire } = event
      if (fire === undefined) continue
      if (++this.#fired > this.#maxEvents) {
        throw new Error(`more than ${this.#maxEvents} events: the run goes round in circles`)
      }
      this.#elapsed = event.at
      event.fire = undefined
      fire()
      await (this.#fired % EVENTS_PER_TURN === 0 ? turn() : chainsEnd())
      if (isDone()) return true
    }
    this.#elapsed = until
    return isDone()
  }

  /** The clock as the store has it: whole milliseconds, never wrong, never paused. */
  asStoreClock(): Runtime {
    return {
      now: () => Math.floor(this.now),
      monotonic: () => this.#elapsed,
      setTimer: (delayMs, fire) => this.schedule(delayMs, fire),
      random: () => this.#random.next(),
      newId: () => String(this.#random.int(0, 2 ** 32)),
    }
  }

  #push(event: TimedEvent): void {
    let index = this.#heap.push(event) - 1
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = this.#heap[parentIndex]
      if (parent === undefined || !isBefore(event, parent)) break
      this.#heap[index] = parent
      index = parentIndex
    }
    this.#heap[index] = event
  }

  #pop(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const [a, b] = [this.#heap[left], this.#heap[left + 1]]
      if (a === undefined) break
      const [child, childIndex] = b !== undefined && isBefore(b, a) ? [b, left + 1] : [a, left]
      if (!isBefore(child, last)) break
      this.#heap[index] = child
      index = childIndex
    }
    this.#heap[index] = last
  }
}

/** Whatever is ready to run, runs: Node.js empties the queue of promise jobs before the next tick. */
function chainsEnd(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

/** A turn of the real event loop, which also finds rejections that nobody has handled, but costs many times as much. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isBefore(a: TimedEvent, b: TimedEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie)
}
