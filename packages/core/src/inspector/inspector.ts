import { type JobState, jobStates } from '../contract/job.js'
import type { CancelOutcome, RedriveOutcome, RemoveOutcome, RescheduleOutcome } from '../contract/outcomes.js'
import type { NameCounts, Store, StoredJobPage, WorkerRecord } from '../contract/store.js'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { checkName, checkNumber, checkOptions } from '../job/checks.js'
import { checkDueTime, type DueTime } from '../job/options.js'
import { type ServiceOptions, type ServiceSettings, toSettings } from '../service/settings.js'
import { StoreCalls } from '../service/store-calls.js'
import { type JobView, toJobView } from './job-view.js'
import { checkLimits, type NameLimitsOptions } from './limits.js'
import { Verification, type VerifyOptions, type VerifyReport } from './verification.js'

/** Which jobs `list` shows. */
export interface ListQuery {
  readonly name: string
  readonly state: JobState
  /** Jobs in one page at the most: 1 to 1,000, default 100. */
  readonly limit?: number | undefined
  /** The `cursor` of the page before. */
  readonly cursor?: string | null | undefined
}

/** One page of `list`; `cursor` leads to the next and is `null` on the last. */
export interface JobPage {
  readonly jobs: readonly JobView[]
  readonly cursor: string | null
}

/** A worker as the Inspector shows it. */
export interface WorkerView extends Pick<WorkerRecord, 'lanes'> {
  readonly id: string
  readonly seenAt: Date
}

const BATCH = 500

/** Reads and controls the jobs of a store. It holds nothing, so there is nothing to stop. */
export class Inspector {
  readonly #settings: ServiceSettings
  readonly #calls: StoreCalls

  /** @throws InvalidArgumentError naming the option that is wrong or unknown */
  constructor(options: ServiceOptions) {
    this.#settings = toSettings('Inspector', options)
    this.#calls = new StoreCalls(this.#settings.store, this.#settings.runtime, this.#settings.storeTimeoutMs)
  }

  /** The job with this id, or `null` when there is none: never pushed, removed, or finished without a trace. */
  async get(id: string): Promise<JobView | null> {
    const stored = await this.#one('get', id, (store, ids) => store.get({ ids }))
    return stored === null ? null : toJobView(stored, this.#settings.codec)
  }

  /** A page of the jobs of one name and state, the earliest first. Jobs that move may be seen twice or not at all. */
  async list(query: ListQuery): Promise<JobPage> {
    checkOptions('list options', query, ['name', 'state', 'limit', 'cursor'])
    const { limit = 100, cursor = null } = query
    if (cursor !== null && typeof cursor !== 'string') throw new InvalidArgumentError('cursor must be that of a page')
    const name = checkName('name', query.name)
    const state = checkState(query.state)
    checkNumber('limit', limit, { min: 1, max: 1_000 })
    const page = await this.#calls.call('list', (store) => store.list({ name, state, limit, cursor }))
    return { jobs: page.jobs.map((stored) => toJobView(stored, this.#settings.codec)), cursor: page.cursor }
  }

  /**
   * By name: how many jobs there are in each state and how many groups have ready ones, how long the oldest ready one has
   * been due, whether it is paused, and its limits.
   */
  async counts(names?: readonly string[]): Promise<readonly NameCounts[]> {
    if (names !== undefined && !Array.isArray(names)) throw new InvalidArgumentError('names must be an array of names')
    const input = names === undefined ? {} : { names: names.map((name) => checkName('name', name)) }
    return this.#calls.call('counts', (store) => store.counts(input))
  }

  /** The workers that are alive, with what they run. */
  async workers(): Promise<readonly WorkerView[]> {
    const records = await this.#calls.call('workers', (store) => store.workers())
    return records.map(({ worker, lanes, seenAt }) => ({ id: worker, lanes, seenAt: new Date(seenAt) }))
  }

  /** Cancels a job: a waiting one at once, a running one by aborting its signal, wherever it runs. */
  async cancel(id: string): Promise<CancelOutcome> {
    return this.#one('cancel', id, (store, ids) => store.cancel({ ids }))
  }

  /** Gives a waiting job another time. `parked`: it waits for its unique key, and for no time. */
  async reschedule(id: string, due: DueTime): Promise<RescheduleOutcome> {
    const checked = checkDueTime(checkOptions('reschedule options', due, ['executeAt', 'delayMs']))
    if (Object.keys(checked).length === 0) {
      throw new InvalidArgumentError('reschedule needs { executeAt: date } or { delayMs: number }')
    }
    return this.#one('reschedule', id, (store, [first = id]) => {
      return store.reschedule({ entries: [{ id: first, ...checked }] })
    })
  }

  /** Removes a job without a trace, unless it is active. */
  async remove(id: string): Promise<RemoveOutcome> {
    return this.#one('remove', id, (store, ids) => store.remove({ ids }))
  }

  /**
   * Holds back the jobs of a name, or without a name those of every name: no worker begins one until `resume`. Busy and
   * idle workers see it within a second; what runs goes on. A name and all names are paused apart from each other.
   */
  async pause(name?: string): Promise<void> {
    await this.#setPaused(name, true)
  }

  /** Lets the workers begin the jobs of a name again, or lifts the pause of all names. */
  async resume(name?: string): Promise<void> {
    await this.#setPaused(name, false)
  }

  /**
   * Holds a name to limits from now on, in place of those it had, across all workers; `null` lifts them. Each claim is
   * held to them by the store's clock, so a crash leaks no slot; what runs already goes on. A name needs no jobs yet. They
   * stay until they are set anew, and `counts` shows them.
   * @throws `INVALID_ARGUMENT` naming the option; `NOT_SUPPORTED` from a store without `capabilities.limits`, and of
   * `perGroup` from one without `capabilities.groups`
   */
  async setLimits(name: string, limits: NameLimitsOptions | null): Promise<void> {
    const input = { name: checkName('name', name), limits: limits === null ? null : checkLimits(limits) }
    const { kind, capabilities } = this.#settings.store
    if (!capabilities.limits) throw new GoschedsError('NOT_SUPPORTED', `the ${kind} store has no limits`)
    if (input.limits?.perGroup !== undefined && !capabilities.groups) {
      throw new GoschedsError('NOT_SUPPORTED', `the ${kind} store has no groups, so perGroup holds nothing`)
    }
    await this.#calls.call('setLimits', (store) => store.setLimits(input))
  }

  /** Puts a dead job back to its queue, with all its attempts. `duplicate`: another job holds its unique key. */
  async redrive(id: string): Promise<RedriveOutcome> {
    return this.#one('redrive', id, (store, ids) => store.redrive({ ids }))
  }

  /**
   * Puts the dead jobs of a name, or without a name those of every name, back to their queues, in batches; resolves to
   * how many. Those that die meanwhile may be left, and those whose unique key is held are.
   */
  async redriveAll(name?: string): Promise<number> {
    const names = name === undefined ? (await this.counts()).map((counts) => counts.name) : [name]
    let redriven = 0
    for (const each of names) {
      redriven += await this.#sweep(each, 'dead', async (ids) => {
        const outcomes = await this.#calls.call('redrive', (store) => store.redrive({ ids }))
        return outcomes.filter(({ status }) => status === 'redriven').length
      })
    }
    return redriven
  }

  /** Removes the jobs of one name and state, in batches; resolves to how many. Those that arrive meanwhile may be left; active ones cannot be purged. */
  async purge(name: string, state: Exclude<JobState, 'active'>): Promise<number> {
    if (checkState(state) === ('active' as JobState)) {
      throw new InvalidArgumentError('active jobs cannot be purged; cancel them')
    }
    return this.#sweep(name, state, async (ids) => {
      const outcomes = await this.#calls.call('remove', (store) => store.remove({ ids }))
      return outcomes.filter(({ status }) => status === 'removed').length
    })
  }

  /**
   * Audits the store while it is in use: whether each job is in exactly one place, nothing is left without its job,
   * and the counters count right. Changes nothing. Every call of the store is bounded, and each finding is confirmed by
   * a second, atomic look, so that a job that moves is not reported. In a store that cannot look a ready job up in its
   * queue (Redis), this process keeps one key for each of them meanwhile: some 110 bytes. `NOT_SUPPORTED` from a store
   * that has no audit.
   */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return new Verification(this.#calls, options).run()
  }

  async #setPaused(name: string | undefined, paused: boolean): Promise<void> {
    const input = name === undefined ? { paused } : { names: [checkName('name', name)], paused }
    await this.#calls.call('setPaused', (store) => store.setPaused(input))
  }

  /** Applies `step` once to each job of a name and state, to as many as there are when it begins. */
  async #sweep(name: string, state: JobState, step: (ids: readonly string[]) => Promise<number>): Promise<number> {
    const [counts] = await this.counts([name])
    const total = counts?.[state] ?? 0
    const seen = new Set<string>()
    let done = 0
    let newInPass = 0
    let cursor: string | null = null
    while (seen.size < total) {
      const query = { name, state, limit: BATCH, cursor }
      const page: StoredJobPage = await this.#calls.call('list', (store) => store.list(query))
      const ids = page.jobs.map(({ id }) => id).filter((id) => !seen.has(id))
      for (const id of ids) seen.add(id)
      if (ids.length > 0) done += await step(ids)
      newInPass += ids.length
      cursor = page.cursor
      if (cursor !== null) continue
      // What was taken away may have shifted others past the cursor: pass again while that finds any.
      if (newInPass === 0) break
      newInPass = 0
    }
    return done
  }

  async #one<Outcome>(
    method: string,
    id: string,
    run: (store: Store, ids: readonly string[]) => Promise<readonly Outcome[]>,
  ): Promise<Outcome> {
    const ids = [checkName('id', id)]
    const [outcome] = await this.#calls.call(method, (store) => run(store, ids))
    return outcome as Outcome
  }
}

function checkState(state: unknown): JobState {
  if (jobStates.includes(state as JobState)) return state as JobState
  throw new InvalidArgumentError(`state must be one of ${jobStates.join(', ')}, got ${String(state)}`)
}
