import type { EpochMs } from '../contract/job.js'
import type { DueSchedule, FireOutcome, ScheduleFire } from '../contract/schedule.js'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { toError } from '../job/failure.js'
import type { Runtime } from '../runtime/runtime.js'
import { sleep } from '../service/sleep.js'
import type { StoreCalls } from '../service/store-calls.js'
import { firesInTurn } from './fires.js'
import { decodeRule } from './rule.js'

/** How many fires go into one call of the store. */
export const FIRES_PER_CALL = 100

/** For how long a schedule whose rule cannot be read is put off, so that it neither keeps schedulers busy nor hides when the next job is due. */
const PUT_OFF_MS = 60_000

/** How long a rule that others may be able to read is left to them, before it is put off. */
const LEAVE_TO_OTHERS_MS = 5_000

const LOOK_AGAIN_MS = 100

/** After so long the jobs that have become due meanwhile come first, however many schedules are left. */
const ROUND_MS = 50

/** A fire in its turn that a scheduler has made. */
export interface FiredEvent {
  readonly scheduleId: string
  /** The nominal time. */
  readonly fireAt: Date
  /** By how many milliseconds it was later than that, by the store's clock. */
  readonly lateMs: number
  /**
   * - `fired`: its job is ready;
   * - `buffered`: its job waits until those of earlier fires have ended;
   * - `skipped`: it made no job, because of the overlap.
   */
  readonly outcome: 'fired' | 'buffered' | 'skipped'
  /** The job that was made; with `skipped`, the one that is still going on. */
  readonly jobId: string
}

/** Times of a schedule that a scheduler has passed over. */
export interface MissedEvent {
  readonly scheduleId: string
  readonly count: number
}

/** What {@link Firing} needs, and whom it tells. */
export interface FiringOptions {
  readonly calls: StoreCalls
  readonly runtime: Runtime
  readonly onFired: (event: FiredEvent) => void
  readonly onMissed: (event: MissedEvent) => void
  readonly onError: (error: unknown) => void
}

/** Fires the schedules that are due. Another scheduler may be first with any of them: then that one has made the fire. */
export class Firing {
  readonly #options: FiringOptions

  constructor(options: FiringOptions) {
    this.#options = options
  }

  /** Resolves to how many milliseconds later to look again: 0 when there may be more. */
  async fire(schedules: readonly DueSchedule[], now: EpochMs, signal: AbortSignal): Promise<number> {
    const { runtime } = this.#options
    const endsAt = runtime.monotonic() + ROUND_MS
    const isOver = (): boolean => runtime.monotonic() >= endsAt
    // However much one has to catch up, each has its share of a call.
    const share = Math.max(1, Math.floor(FIRES_PER_CALL / schedules.length))
    let hasMoved = false
    let fires: ScheduleFire[] = []
    for (const [index, due] of schedules.entries()) {
      fires.push(...(await this.#plan(due, now, share)))
      if (signal.aborted) return 0
      const isFull = fires.length + share > FIRES_PER_CALL || index === schedules.length - 1
      if (fires.length === 0 || !(isFull || isOver())) continue
      if (await this.#send(fires, now)) hasMoved = true
      if (isOver()) break
      fires = []
    }
    return hasMoved ? 0 : LOOK_AGAIN_MS
  }

  async #plan(due: DueSchedule, now: EpochMs, atMost: number): Promise<readonly ScheduleFire[]> {
    try {
      const fires = firesInTurn(due, decodeRule(due.id, due.rule), now, atMost)
      // To count what was missed may have taken a while.
      if (fires.some(({ turn }) => (turn?.missed ?? 0) > 0)) await sleep(this.#options.runtime, 0)
      return fires
    } catch (error) {
      if (mayBeReadElsewhere(error) && now - due.dueAt < LEAVE_TO_OTHERS_MS) return []
      this.#options.onError(toError(error))
      const next = { fireAt: due.fireAt, dueAt: now + PUT_OFF_MS }
      return [{ id: due.id, overlap: 'skip', turn: { revision: due.revision, fireAt: due.fireAt, next, missed: 0 } }]
    }
  }

  /** Whether anything is not as it was. */
  async #send(fires: readonly ScheduleFire[], now: EpochMs): Promise<boolean> {
    const outcomes = await this.#options.calls.call('fireSchedule', (store) => store.fireSchedule({ fires }))
    for (const [index, fire] of fires.entries()) this.#tell(fire, outcomes[index], now)
    return outcomes.some(({ status }) => status !== 'early')
  }

  #tell({ id, turn, run }: ScheduleFire, outcome: FireOutcome | undefined, now: EpochMs): void {
    if (outcome === undefined || !MOVED_ON.includes(outcome.status)) return
    const missed = turn?.missed ?? 0
    if (missed > 0) this.#options.onMissed({ scheduleId: id, count: missed })
    if (run === undefined || !('jobId' in outcome) || outcome.status === 'duplicate') return
    const fireAt = new Date(run.fireAt)
    const { status, jobId } = outcome
    this.#options.onFired({ scheduleId: id, fireAt, lateMs: now - run.fireAt, outcome: status, jobId })
  }
}

/** It is of a newer release, or has a value that this process does not take: a zone that only a newer Node knows. */
function mayBeReadElsewhere(error: unknown): boolean {
  if (!(error instanceof GoschedsError)) return false
  return error.code === 'UNSUPPORTED_RECORD' || error.cause instanceof InvalidArgumentError
}

const MOVED_ON: readonly FireOutcome['status'][] = ['fired', 'buffered', 'skipped', 'duplicate', 'passed']
