import type { EpochMs } from '../contract/job.js'
import type { NewSchedule, Overlap, StoredSchedule } from '../contract/schedule.js'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { checkInstant, checkNumber, checkOptions, show } from '../job/checks.js'
import type { ServiceSettings } from '../service/settings.js'
import type { StoreCalls } from '../service/store-calls.js'
import type { UnderWay } from '../service/under-way.js'
import { backfill, type BackfillOptions, type BackfillResult, checkBackfill, NO_BACKFILL } from './backfill.js'
import { fireJob, fireJobId } from './fires.js'
import { beginsAfter, isUsedUp, newRule, timesOf } from './new-rule.js'
import { decodeRule, encodeRule, toFireTime } from './rule.js'
import { checkOverlap, checkScheduleId, type ScheduleInput, type ScheduleOptions } from './schedule-options.js'
import type { PauseResult, PutScheduleResult, ResumeResult, SchedulePage, TriggerResult } from './schedule-results.js'
import { nextAtOf, nextFires, type ScheduleView, toScheduleView } from './schedule-view.js'
import { type Change, StoredSchedules } from './stored-schedules.js'

const MAX_NOTE_LENGTH = 1_000

/**
 * The recurring schedules of a store, as `scheduler.schedules`. Works without `start()`; they fire wherever a Scheduler of the
 * store is started. What the store does is atomic: no time fires twice, however many processes put, pause and fire.
 */
export class Schedules {
  readonly #settings: ServiceSettings
  readonly #calls: StoreCalls
  readonly #stored: StoredSchedules
  readonly #underWay: UnderWay
  readonly #refuseWhenStopped: () => void

  constructor(options: {
    readonly settings: ServiceSettings
    readonly calls: StoreCalls
    readonly underWay: UnderWay
    readonly refuseWhenStopped: () => void
  }) {
    this.#settings = options.settings
    this.#calls = options.calls
    this.#stored = new StoredSchedules(options.calls)
    this.#underWay = options.underWay
    this.#refuseWhenStopped = options.refuseWhenStopped
  }

  /**
   * Creates a schedule or changes the one with its id. Repeat it at every deploy: what is the same already is left as it is. A
   * changed schedule keeps its counters and stays paused. Its first fire is after now; no time that has passed fires again,
   * and where the change is not of the times themselves, one that is due and has not fired still does.
   * @throws `INVALID_ARGUMENT`, also for a rule that never fires (again); `ARGS_NOT_SERIALIZABLE`, `ARGS_TOO_LARGE`
   * (above 64 KiB); `NOT_SUPPORTED` by the store; `UNSUPPORTED_RECORD` when a newer release has put it; `STORE_FAILED`, `STORE_TIMEOUT`:
   * it may be stored, put it again
   */
  async put<Args>(input: ScheduleInput<Args>): Promise<PutScheduleResult> {
    return this.#track(async () => {
      const { store } = this.#settings
      if (!store.capabilities.schedules) {
        throw new GoschedsError('NOT_SUPPORTED', `the ${store.kind} store does not carry out schedules`)
      }
      const { id, rule } = await newRule(input, this.#settings)
      const text = encodeRule(rule)
      return this.#stored.change(id, (stored, now): Change<PutScheduleResult> => {
        if (stored?.rule === text) return { result: { status: 'unchanged', nextAt: nextAtOf(stored) } }
        const fired = stored?.fired ?? 0
        const next = toFireTime(rule, rule.times.after(beginsAfter(rule, stored, now)))
        if (next === null)
          throw new InvalidArgumentError('this rule never fires again: its times are over, or never come')
        if (isUsedUp(rule, fired)) {
          throw new InvalidArgumentError(
            `this rule never fires again: it has fired ${fired} times, and maxRuns is no more`,
          )
        }
        const schedule = { id, rule: text, next, ...pausedNoteOf(stored) }
        return { schedule, result: { status: stored ? 'updated' : 'created', nextAt: nextAtOf(schedule) } }
      })
    })
  }

  /** Removes a schedule; the jobs that it has made stay. Resolves to whether it was there. */
  async remove(id: string): Promise<boolean> {
    return this.#track(async () => {
      const ids = [checkScheduleId(id)]
      const [wasThere] = await this.#calls.call('removeSchedule', (store) => store.removeSchedule({ ids }))
      return wasThere ?? false
    })
  }

  /** The schedule with this id, or `null` when there is none. */
  async get(id: string): Promise<ScheduleView | null> {
    return this.#track(async () => {
      const { stored } = await this.#stored.read(checkScheduleId(id))
      return stored === undefined ? null : toScheduleView(stored, this.#settings.codec)
    })
  }

  /** A page of the schedules, by id: 1 to 1,000, default 100. */
  async list(
    query: { readonly limit?: number | undefined; readonly cursor?: string | null | undefined } = {},
  ): Promise<SchedulePage> {
    return this.#track(async () => {
      const { limit = 100, cursor = null } = checkOptions('list options', query, ['limit', 'cursor'])
      if (cursor !== null && typeof cursor !== 'string') throw new InvalidArgumentError('cursor must be that of a page')
      const input = { limit: checkNumber('limit', limit, { min: 1, max: 1_000 }), cursor }
      const page = await this.#calls.call('listSchedules', (store) => store.listSchedules(input))
      const schedules = page.schedules.map((stored) => toScheduleView(stored, this.#settings.codec))
      return { schedules, cursor: page.cursor }
    })
  }

  /** Keeps a schedule from firing until it is resumed. The note, at most 1,000 characters, says why; a later one replaces it. */
  async pause(id: string, note = ''): Promise<PauseResult> {
    return this.#track(() => {
      if (typeof note !== 'string' || note.length > MAX_NOTE_LENGTH) {
        throw new InvalidArgumentError(
          `note must be a string of at most ${MAX_NOTE_LENGTH} characters, got ${show(note)}`,
        )
      }
      return this.#stored.change(checkScheduleId(id), (stored): Change<PauseResult> => {
        if (stored === undefined) return { result: { status: 'not-found' } }
        const result = { status: 'paused' } as const
        if (stored.pausedNote === note) return { result }
        const { rule, next } = stored
        return { schedule: { id: stored.id, rule, next, pausedNote: note }, result }
      })
    })
  }

  /**
   * Lets a schedule fire again, from its next time on. What has become due while it was paused is passed over: it is not
   * caught up, and does not count as missed.
   * @throws `UNDECODABLE_RECORD`, `UNSUPPORTED_RECORD` when its rule cannot be read
   */
  async resume(id: string): Promise<ResumeResult> {
    let isOurs = false
    return this.#track(() =>
      this.#stored.change(checkScheduleId(id), (stored, now): Change<ResumeResult> => {
        if (stored === undefined) return { result: { status: 'not-found' } }
        // After a try of ours: that may have been it, and its reply lost.
        const status = isOurs ? 'resumed' : 'not-paused'
        if (stored.pausedNote === undefined) return { result: { status, nextAt: nextAtOf(stored) } }
        isOurs = true
        const rule = decodeRule(stored.id, stored.rule)
        const from = stored.next && Math.max(now - rule.delayMs, stored.next.fireAt - 1)
        const next = from === null ? null : toFireTime(rule, rule.times.after(from))
        const schedule = { id: stored.id, rule: stored.rule, next }
        return { schedule, result: { status: 'resumed', nextAt: nextAtOf(schedule) } }
      }),
    )
  }

  /**
   * Fires a schedule now, out of turn: also one that is paused or fires no more. It changes neither its counters nor its next
   * fire. `overlap`: in place of its own.
   * @throws `UNDECODABLE_RECORD`, `UNSUPPORTED_RECORD`; `STORE_FAILED`, `STORE_TIMEOUT`: it may have fired
   */
  async trigger(id: string, options: { readonly overlap?: Overlap | undefined } = {}): Promise<TriggerResult> {
    return this.#track(async () => {
      const given = checkOptions('trigger options', options, ['overlap'])['overlap']
      const asked = given === undefined ? undefined : checkOverlap(given)
      const { stored, now } = await this.#stored.read(checkScheduleId(id))
      if (stored === undefined) return { status: 'not-found' }
      const rule = decodeRule(stored.id, stored.rule)
      const overlap = asked ?? rule.policy.overlap
      // Of its own, or it would stand for the fire in turn of this very millisecond.
      const jobId = `${fireJobId(stored.id, now)}#${this.#settings.runtime.newId()}`
      const job = fireJob(stored.id, rule, { fireAt: now, executeAt: now, overlap, jobId })
      const fires = [{ id: stored.id, overlap, run: { fireAt: now, job } }]
      const [outcome] = await this.#calls.call('fireSchedule', (store) => store.fireSchedule({ fires }))
      switch (outcome?.status) {
        case 'fired':
        case 'buffered':
        case 'skipped':
          return { status: outcome.status, jobId: outcome.jobId }
        // An id made for this very call can be held by its own first try only, whose reply was lost.
        case 'duplicate':
          return { status: 'fired', jobId }
        case 'early':
          throw new GoschedsError(
            'STORE_FAILED',
            "the store's clock went back meanwhile, and nothing has fired; try again",
          )
        default:
          return { status: 'not-found' }
      }
    })
  }

  /**
   * Fires each time of a range that has passed, in order and out of turn: for what was not there yet, or was paused, or went wrong. At most
   * 10,000 times. One whose job is still known does not fire again; repeat the call if it fails half-way.
   * @throws `INVALID_ARGUMENT`, also for more times; `UNDECODABLE_RECORD`, `UNSUPPORTED_RECORD`; `STORE_FAILED`, `STORE_TIMEOUT`: some may
   * have fired
   */
  async backfill(id: string, options: BackfillOptions): Promise<BackfillResult> {
    return this.#track(async () => {
      const range = checkBackfill(options)
      const { stored, now } = await this.#stored.read(checkScheduleId(id))
      if (stored === undefined) return { status: 'not-found', ...NO_BACKFILL }
      const rule = decodeRule(stored.id, stored.rule)
      return backfill(stored.id, rule, { ...range, now }, { calls: this.#calls, goOn: this.#refuseWhenStopped })
    })
  }

  /**
   * The next times of a schedule, or of any rule: nominal ones, without jitter, at most 1,000 of them. After `from`; by default
   * from where a stored schedule stands, or after now. `null`: there is no schedule with this id.
   * @throws `INVALID_ARGUMENT`, as `put` does
   */
  async next(id: string, count?: number, from?: Date): Promise<readonly Date[] | null>
  async next(rule: ScheduleOptions, count?: number, from?: Date): Promise<readonly Date[]>
  async next(target: string | ScheduleOptions, count = 10, from?: Date): Promise<readonly Date[] | null> {
    return this.#track(async () => {
      checkNumber('count', count, { min: 1, max: 1_000 })
      const after = from === undefined ? undefined : checkInstant('from', from)
      if (typeof target !== 'string') {
        const { times, policy } = timesOf(target)
        const atMost = Math.min(count, policy.maxRuns ?? Infinity)
        return toDates(times.firstAfter(after ?? this.#settings.runtime.now(), atMost))
      }
      const { stored } = await this.#stored.read(checkScheduleId(target))
      if (stored === undefined) return null
      const rule = decodeRule(stored.id, stored.rule)
      if (after !== undefined) return toDates(rule.times.firstAfter(after, count))
      return toDates(nextFires(stored, rule, count).map(({ fireAt }) => fireAt))
    })
  }

  async #track<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#refuseWhenStopped()
    return this.#underWay.track(run)
  }
}

function pausedNoteOf(stored: StoredSchedule | undefined): Pick<NewSchedule, 'pausedNote'> {
  return stored?.pausedNote === undefined ? {} : { pausedNote: stored.pausedNote }
}

function toDates(times: readonly EpochMs[]): Date[] {
  return times.map((at) => new Date(at))
}
