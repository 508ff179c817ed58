import assert from 'node:assert/strict'
import type {
  FireOutcome,
  FireTime,
  FireTurn,
  NewJob,
  NewSchedule,
  Overlap,
  PutScheduleOutcome,
  ScheduleFire,
  Store,
  StoredSchedule,
} from '@goscheds/core'
import { aJob, keptForAnHour } from '../a-job.js'
import { type CaseContext, type ConformanceCase, fullCase, type Requirement } from '../conformance-case.js'
import { everySchedulePage } from '../every-page.js'
import { only } from '../moves.js'

/** How far apart the nominal times of the schedules in the cases are. */
export const STEP_MS = 1_000

/** A schedule that fires at this time next; override what matters. */
export function aSchedule(next: FireTime | null, more: Partial<NewSchedule> = {}): NewSchedule {
  return { id: 'nightly', rule: '{"everyMs":1000}', next, ...more }
}

/** A nominal time without jitter. */
export function at(fireAt: number): FireTime {
  return { fireAt, dueAt: fireAt }
}

/** Where a schedule stands. */
export interface Standing {
  readonly id: string
  readonly revision: number
  readonly next: FireTime
}

/** A case about schedules. */
export function scheduleCase(
  id: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly Requirement[]
): ConformanceCase {
  return fullCase(id, title, run, 'schedules', ...requires)
}

/** A case about what a fire does while an earlier one goes on. */
export function overlapCase(
  slug: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly Requirement[]
): ConformanceCase {
  return scheduleCase(`overlap/${slug}`, title, run, 'job-options', ...requires)
}

type Expect = { readonly revision: number; readonly fireAt: number | null } | null

/** Puts a schedule, and expects that to be done; the revision. */
export async function put(store: Store, schedule: NewSchedule, expect: Expect = null): Promise<number> {
  const outcome: PutScheduleOutcome = await store.putSchedule({ schedule, expect })
  assert.equal(outcome.status, 'put')
  return outcome.status === 'put' ? outcome.revision : 0
}

/** Puts a schedule whose time came a minute ago. */
export async function putDue({ store, harness }: CaseContext, more: Partial<NewSchedule> = {}): Promise<Standing> {
  const next = at((await harness.now()) - 60_000)
  const schedule = aSchedule(next, more)
  return { id: schedule.id, revision: await put(store, schedule), next }
}

/** Where the schedule stands after so many turns. */
export function after({ next, ...standing }: Standing, turns = 1): Standing {
  const ms = turns * STEP_MS
  return { ...standing, next: { fireAt: next.fireAt + ms, dueAt: next.dueAt + ms } }
}

/** What a fire is to be beside the usual: a plain job of its own, whatever others do. */
export interface FireMore {
  readonly overlap?: Overlap
  readonly turn?: Partial<FireTurn>
  readonly job?: Partial<NewJob>
}

/** The next fire of the schedule in its turn; it stands one step later then. */
export function inTurn(standing: Standing, { turn, ...more }: FireMore = {}): ScheduleFire {
  const { revision, next } = standing
  return {
    ...outOfTurn(standing, next, more),
    turn: { revision, fireAt: next.fireAt, next: after(standing).next, missed: 0, ...turn },
  }
}

/** A fire of this nominal time out of turn. Its job is kept for an hour, and has a key unless the overlap is `allowAll`. */
export function outOfTurn(
  { id }: { readonly id: string },
  { fireAt, dueAt }: FireTime,
  { overlap = 'allowAll', job }: FireMore = {},
): ScheduleFire {
  const unique = { key: `schedule:${id}`, until: 'finished', onConflict: 'ignore' } as const
  return {
    id,
    overlap,
    run: {
      fireAt,
      job: aJob({
        id: `${id}@${new Date(fireAt).toISOString()}`,
        executeAt: dueAt,
        retention: keptForAnHour,
        ...(overlap !== 'allowAll' && { unique }),
        ...job,
      }),
    },
  }
}

/** The id of the job that a fire is to make. */
export function jobIdOf({ run }: ScheduleFire): string {
  return run?.job.id ?? ''
}

/** Carries one fire out. */
export async function fire(store: Store, one: ScheduleFire): Promise<FireOutcome> {
  return only(await store.fireSchedule({ fires: [one] }))
}

/** Carries one fire out, and expects this of it; its job. */
export async function fires(store: Store, one: ScheduleFire, status: FireOutcome['status']): Promise<string> {
  assert.equal((await fire(store, one)).status, status)
  return jobIdOf(one)
}

/** The schedule as it is listed; it is expected to be there. */
export async function show(store: Store, id = 'nightly'): Promise<StoredSchedule> {
  return only((await store.listSchedules({ limit: 10, ids: [id] })).schedules)
}

/** Expects that a call leaves the schedule, the names of the jobs and their number as they were. */
export async function changesNothing<T>(store: Store, call: () => Promise<T>, id = 'nightly'): Promise<T> {
  const look = async (): Promise<unknown> => [
    (await store.listSchedules({ limit: 10, ids: [id] })).schedules,
    await store.counts({ names: ['email'] }).then(([counts]) => ({ ...counts, oldestReadyMs: 0 })),
  ]
  const before = await look()
  const outcome = await call()
  assert.deepEqual(await look(), before, 'nothing changes')
  return outcome
}

/** The ids of the schedules that promote shows as due. */
export async function dueIds(store: Store, limit = 100): Promise<string[]> {
  const { due } = await store.promote({ limit })
  return (due?.schedules ?? []).map(({ id }) => id)
}

/** All schedules, page by page, none of which is above the limit. */
export async function everySchedule(store: Store, limit = 10): Promise<StoredSchedule[]> {
  const { schedules, isWithinLimit } = await everySchedulePage(store, limit)
  assert.ok(isWithinLimit, 'no page is above the limit')
  return schedules
}
