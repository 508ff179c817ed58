import {
  type EpochMs,
  type Fence,
  type Handler,
  jobStates,
  type Store,
  type StoredJob,
  type StoreInput,
  type StoreOutput,
  type WaitedClaim,
} from '@goscheds/core'
import { everyPage } from '../every-page.js'
import type { History, HistoryEvent, HistoryHeader, ProcessEvent, HealthyEvent, RecordedMethod } from './event.js'

/** Options of a {@link HistoryRecorder}. */
export interface HistoryRecorderOptions {
  /**
   * The store's clock; fractions of a millisecond are left out. One that answers at once adds no await before a call reaches the store. It must not reject: a
   * history with holes proves nothing.
   */
  readonly now: () => EpochMs | Promise<EpochMs>
  /** What the history says of itself. */
  readonly header: HistoryHeader
  /**
   * Whether a call that was rejected with this error certainly had no effect, and will have none. Default: never, so
   * that every rejection counts as unknown.
   */
  readonly isWithoutEffect?: (error: unknown) => boolean
}

/** An event without what the recorder gives it. */
type Unnumbered<Event> = Event extends HistoryEvent ? Omit<Event, 'seq' | 'at'> : never

/** What {@link HistoryRecorder.mark} takes: an event that no store and no handler tells of. */
export type MarkedEvent = Unnumbered<ProcessEvent | HealthyEvent>

const PAGE = 1_000

const recordedMethods: { readonly [Method in RecordedMethod]: true } = {
  ...{ enqueue: true, promote: true, reap: true, prune: true, claim: true, waitForReady: true, extend: true },
  ...{ settle: true, heartbeat: true, leave: true, cancel: true, reschedule: true, remove: true, redrive: true },
  ...{ get: true, list: true, counts: true, workers: true, report: true, setPaused: true },
  ...{ setLimits: true, putSchedule: true, removeSchedule: true, fireSchedule: true, listSchedules: true },
}

/**
 * Writes down what is seen of a store and of those who use it: give each Worker, Scheduler and producer a store from
 * {@link around}, each handler a turn through {@link handler}, and hand {@link history} to `checkHistory`. One
 * recorder may serve any number of stores and processes of one Node.js process.
 */
export class HistoryRecorder {
  readonly #options: HistoryRecorderOptions
  readonly #events: HistoryEvent[] = []
  #calls = 0

  constructor(options: HistoryRecorderOptions) {
    this.#options = options
  }

  /** What was recorded so far. */
  history(): History {
    return { header: this.#options.header, events: [...this.#events] }
  }

  /**
   * The store as `process` sees it: every call is written down before it is made and when it has ended. What says
   * nothing about jobs (`open`, `close`, `subscribe`, …) passes through.
   */
  around(store: Store, process: string): Store {
    const methods: Partial<Record<string | symbol, unknown>> = {}
    for (const method of Object.keys(recordedMethods) as RecordedMethod[]) {
      methods[method] = (input: unknown) =>
        this.#call(process, method, input, () =>
          (store[method] as (input: unknown) => Promise<unknown>).call(store, input),
        )
    }
    methods['waitForReady'] = (input: StoreInput<'waitForReady'>) => this.#wait(store, process, input)
    return new Proxy(store, {
      get(target, key): unknown {
        const recorded = methods[key]
        if (recorded !== undefined) return recorded
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  /** The handler as `process` runs it: its start and end are written down. */
  handler<Args, Result>(process: string, handler: Handler<Args, Result>): Handler<Args, Result> {
    const run = async (...[job, context]: Parameters<typeof handler>): Promise<unknown> => {
      const { id, name, fence, attempt, maxAttempts } = job
      const lease = { id, name, fence: copyOf(fence) }
      const executeAt = job.executeAt.getTime()
      const start = { type: 'start', process, lease, attempt, maxAttempts, executeAt } as const
      const now = this.#options.now()
      this.#add(start, typeof now === 'number' ? now : await now)
      try {
        const result = await handler(job, context)
        if (isGenerator<Result>(result)) return this.#untilItsEnd(process, id, lease.fence, result)
        await this.#addEnd(process, id, lease.fence, 'returned')
        return result
      } catch (error) {
        await this.#addEnd(process, id, lease.fence, 'threw')
        throw error
      }
    }
    return run as Handler<Args, Result>
  }

  /** A handler that is an async generator ends when that does. */
  async *#untilItsEnd<Result>(
    process: string,
    id: string,
    fence: Fence,
    generator: AsyncGenerator<unknown, Result, void>,
  ): AsyncGenerator<unknown, Result, void> {
    // Also when it is told to return, which ends it at the yield.
    let outcome: 'returned' | 'threw' = 'returned'
    try {
      return yield* generator
    } catch (error) {
      outcome = 'threw'
      throw error
    } finally {
      await this.#addEnd(process, id, fence, outcome)
    }
  }

  /** Writes down what became of a process, or that all is healthy from here on. At once, when the clock answers so. */
  async mark(event: MarkedEvent): Promise<void> {
    const now = this.#options.now()
    this.#add(copyOf(event), typeof now === 'number' ? now : await now)
  }

  /**
   * Writes down every job that the store has. Call it while nothing is under way, and give it the store itself: what
   * {@link around} returns would record the looking as well. `drained`: enough healthy time has passed that no job
   * may be left that is due.
   */
  async snapshot(store: Store, process: string, { drained }: { readonly drained: boolean }): Promise<void> {
    // What falls due while this looks was not due when it began.
    const now = this.#options.now()
    const at = typeof now === 'number' ? now : await now
    const counts = await store.counts({})
    const jobs: StoredJob[] = []
    for (const { name } of counts) {
      for (const state of jobStates) {
        for (const job of (await everyPage(store, { name, state, limit: PAGE })).jobs) jobs.push(job)
      }
    }
    this.#add({ type: 'snapshot', process, jobs: copyOf(jobs), counts: copyOf(counts), drained }, at)
  }

  /**
   * Of a store that may claim when the wait is over, the claim is written down as a call beside the wait: where it brings no
   * answer, as one of which nobody knows.
   */
  async #wait(store: Store, process: string, input: StoreInput<'waitForReady'>): StoreOutput<'waitForReady'> {
    const { claim, ...waiting } = input
    const wait = (): StoreOutput<'waitForReady'> => store.waitForReady(input)
    if (claim === undefined) return this.#call(process, 'waitForReady', waiting, wait)
    const { name, worker } = input
    let claimed: WaitedClaim | undefined
    await this.#call(process, 'claim', { name, worker, ...claim }, async () => {
      await this.#call(process, 'waitForReady', waiting, async () => {
        claimed = (await wait()) ?? undefined
      })
      if (claimed === undefined) throw new DidNotClaim()
      const { waitedMs: _, ...result } = claimed
      return result
    }).catch((error: unknown) => {
      if (!(error instanceof DidNotClaim)) throw error
    })
    return claimed
  }

  async #call<Output>(
    process: string,
    method: RecordedMethod,
    input: unknown,
    run: () => Promise<Output>,
  ): Promise<Output> {
    const { now, isWithoutEffect } = this.#options
    const call = this.#calls++
    const invoke = { type: 'invoke', process, call, method, input: withoutSignal(input) } as Unnumbered<HistoryEvent>
    const begun = now()
    this.#add(invoke, typeof begun === 'number' ? begun : await begun)
    let output: Output
    try {
      output = await run()
    } catch (error) {
      const type = isWithoutEffect?.(error) === true ? 'fail' : 'unknown'
      const ended = now()
      this.#add({ type, process, call, error: String(error) }, typeof ended === 'number' ? ended : await ended)
      throw error
    }
    const ended = now()
    this.#add({ type: 'ok', process, call, output: copyOf(output) }, typeof ended === 'number' ? ended : await ended)
    return output
  }

  async #addEnd(process: string, id: string, fence: Fence, outcome: 'returned' | 'threw'): Promise<void> {
    const now = this.#options.now()
    this.#add({ type: 'end', process, id, fence, outcome }, typeof now === 'number' ? now : await now)
  }

  #add(event: Unnumbered<HistoryEvent>, at: EpochMs): void {
    this.#events.push({ seq: this.#events.length, at: Math.floor(at), ...event })
  }
}

/** A wait that was to claim, and did not, or was not told. */
class DidNotClaim extends Error {}

function isGenerator<Result>(value: unknown): value is AsyncGenerator<unknown, Result, void> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'throw' in value
}

/** A call's input as it can be written down. What the caller changes in it later does not change the history. */
function withoutSignal(input: unknown): unknown {
  const copy = copyOf(input)
  if (typeof copy === 'object' && copy !== null && 'signal' in copy) delete copy.signal
  return copy
}

/** `structuredClone` for plain data, many times quicker; undefined members are left out, as in a file. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf) as T
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) if (member !== undefined) copy[key] = copyOf(member)
  return copy as T
}
