import type { NewJob } from '../contract/job.js'
import type { EnqueueOutcome } from '../contract/outcomes.js'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { checkOptions } from '../job/checks.js'
import type { JobDefinition, JobEntry } from '../job/definition.js'
import { SCHEDULED_OPTION_NAMES } from '../job/options.js'
import { Batcher, type Waiter } from '../service/batcher.js'
import type { ServiceSettings } from '../service/settings.js'
import type { StoreCalls } from '../service/store-calls.js'
import type { UnderWay } from '../service/under-way.js'
import { prepareJob } from './prepare-job.js'

const MAX_BATCH_JOBS = 1_000
/** With two, each waits for the other in turn; with more than four, what calls cost outweighs what is gained. */
const MAX_IN_FLIGHT = 4
const MAX_BATCH_CHARACTERS = 16 * 1024 * 1024
const ENTRY_NAMES: readonly string[] = ['name', 'args', 'definition', ...SCHEDULED_OPTION_NAMES]

/**
 * What became of a push.
 * - `added`: it is a new job, with this id;
 * - `duplicate`: nothing was changed. A job with its id is known already, or its unique key is held: by the job `id`;
 * - `replaced`: it is a new job, and the waiting job `replacedId`, which held its unique key, is gone;
 * - `rescheduled`: nothing was added; the waiting job `id`, which holds its unique key, has its due time;
 * - `queuedAgain`: it is a new job, and runs when the active one that holds its unique key has ended.
 *
 * A call of the store whose reply was lost is repeated. Of a job that the first call added, the second says `added`, also
 * where that replaced another or was queued again; or, where the push gave the `id`, `duplicate` with this id.
 */
export type PushResult =
  | { readonly status: 'added' | 'duplicate' | 'rescheduled' | 'queuedAgain'; readonly id: string }
  | { readonly status: 'replaced'; readonly id: string; readonly replacedId: string }

/** What became of one entry of a `pushMany`. `rejected`: it was not valid; its neighbours are not affected. */
export type PushManyResult = PushResult | { readonly status: 'rejected'; readonly error: GoschedsError }

/** Checks, encodes and batches what is pushed. */
export class Producer {
  readonly #settings: ServiceSettings
  readonly #batcher: Batcher<NewJob, EnqueueOutcome>
  readonly #underWay: UnderWay
  readonly #refuseWhenStopped: () => void

  constructor(settings: ServiceSettings, calls: StoreCalls, underWay: UnderWay, refuseWhenStopped: () => void) {
    this.#settings = settings
    this.#underWay = underWay
    this.#refuseWhenStopped = refuseWhenStopped
    this.#batcher = new Batcher({
      send: (jobs) => calls.call('enqueue', (store) => store.enqueue({ jobs })),
      patience: { ms: settings.storeTimeoutMs, monotonic: () => settings.runtime.monotonic() },
      maxItems: MAX_BATCH_JOBS,
      maxInFlight: MAX_IN_FLIGHT,
      maxWeight: MAX_BATCH_CHARACTERS,
      weigh: (job) => job.payload.length + job.options.length,
    })
  }

  push(target: string | JobDefinition, args: unknown, options: object): Promise<PushResult> {
    return this.#push(target, args, options, refuseDueTime)
  }

  pushScheduled(target: string | JobDefinition, args: unknown, options: object): Promise<PushResult> {
    return this.#push(target, args, options, needDueTime)
  }

  /** With one promise for each push, and one object that waits: what more cost is a good part of what a push costs. */
  #push(
    target: string | JobDefinition,
    args: unknown,
    options: { readonly id?: string | undefined },
    checkDueTime: (checked: Record<string, unknown>) => void,
  ): Promise<PushResult> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenStopped()
      this.#underWay.begin()
      const push = new Push(this.#underWay, resolve, reject)
      try {
        const checked = checkOptions('options', options, SCHEDULED_OPTION_NAMES)
        checkDueTime(checked)
        const prepared = prepareJob(this.#settings, target, args, checked)
        const post = (job: NewJob): void => {
          push.madeId = options.id === undefined ? job.id : undefined
          this.#batcher.post(job, push)
        }
        if (prepared instanceof Promise) prepared.then(post).catch((error: unknown) => push.reject(error))
        else post(prepared)
      } catch (error) {
        push.reject(error)
      }
    })
  }

  async pushMany(entries: readonly JobEntry[]): Promise<PushManyResult[]> {
    this.#refuseWhenStopped()
    const isArray: boolean = Array.isArray(entries)
    if (!isArray) throw new InvalidArgumentError('pushMany needs an array of entries')
    this.#underWay.begin()
    try {
      const prepared = await allOf(entries.map((entry) => this.#prepareEntry(entry)))
      const jobs = prepared.filter((job): job is NewJob => !(job instanceof GoschedsError))
      const outcomes = await this.#batcher.addMany(jobs)
      let next = 0
      return prepared.map((job, index): PushManyResult => {
        if (job instanceof GoschedsError) return { status: 'rejected', error: job }
        const madeId = entries[index]?.id === undefined ? job.id : undefined
        return toPushResult(outcomes[next++] as EnqueueOutcome, madeId)
      })
    } finally {
      this.#underWay.end()
    }
  }

  #prepareEntry(entry: JobEntry): NewJob | GoschedsError | Promise<NewJob | GoschedsError> {
    try {
      const { name, args, definition } = entry
      const checked = checkOptions('an entry', entry, ENTRY_NAMES)
      const job = prepareJob(this.#settings, definition ?? name, args, checked)
      return job instanceof Promise ? job.catch(asRejection) : job
    } catch (error) {
      return asRejection(error)
    }
  }
}

/** Who pushed one job, and waits for what became of it. */
class Push implements Waiter<EnqueueOutcome> {
  /** Its id, if it was made for this push. */
  madeId: string | undefined
  readonly #underWay: UnderWay
  readonly #resolve: (result: PushResult) => void
  readonly #reject: (error: unknown) => void

  constructor(underWay: UnderWay, resolve: (result: PushResult) => void, reject: (error: unknown) => void) {
    this.#underWay = underWay
    this.#resolve = resolve
    this.#reject = reject
  }

  resolve(outcome: EnqueueOutcome): void {
    try {
      this.#resolve(toPushResult(outcome, this.madeId))
      this.#underWay.end()
    } catch (error) {
      // A store that answers what is no outcome.
      this.reject(error)
    }
  }

  reject(error: unknown): void {
    this.#underWay.end()
    this.#reject(error)
  }
}

function refuseDueTime(options: Record<string, unknown>): void {
  if (!('executeAt' in options || 'delayMs' in options)) return
  throw new InvalidArgumentError('push runs a job right away; pushScheduled takes executeAt or delayMs')
}

function needDueTime(options: Record<string, unknown>): void {
  if (options['executeAt'] !== undefined || options['delayMs'] !== undefined) return
  const needed = '{ executeAt: date } or { delayMs: number }'
  throw new InvalidArgumentError(`pushScheduled needs ${needed}; push runs a job right away`)
}

/** Waits only where there is something to wait for. */
function allOf<Value>(values: readonly (Value | Promise<Value>)[]): readonly Value[] | Promise<readonly Value[]> {
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly Value[])
}

function asRejection(error: unknown): GoschedsError {
  if (error instanceof GoschedsError) return error
  return new InvalidArgumentError(`the entry cannot be read: ${String(error)}`, { cause: error })
}

/**
 * A duplicate of an id that was made for this very push can only be the push itself: its first try took
 * effect and the reply was lost.
 */
function toPushResult(outcome: EnqueueOutcome, madeId: string | undefined): PushResult {
  const isItself = outcome.status === 'duplicate' && outcome.id === madeId
  return isItself ? { status: 'added', id: outcome.id } : outcome
}
