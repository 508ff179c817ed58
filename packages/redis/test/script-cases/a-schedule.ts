import assert from 'node:assert/strict'
import type { FireOutcome, FireTurn, NewJob, NewSchedule, Overlap, ScheduleFire, Store } from '@goscheds/core'
import { kept, type ScriptCaseContext } from './script-case.js'

/** When the clock of the cases begins. */
export const START = Date.UTC(2024, 0, 1)

/** When a schedule that has fired so many times fires next: a second apart. */
export function nth(turn: number): { fireAt: number; dueAt: number } {
  return { fireAt: START - 60_000 + turn * 1_000, dueAt: START - 50_000 + turn * 1_000 }
}

/** Puts a schedule that is due; its revision. */
export async function put(store: Store, more: Partial<NewSchedule> = {}): Promise<number> {
  const outcome = await store.putSchedule({
    schedule: { id: 'nightly', rule: 'rule', next: nth(0), ...more },
    expect: null,
  })
  assert.equal(outcome.status, 'put')
  return outcome.status === 'put' ? outcome.revision : 0
}

/** What a fire is to be beside the usual. */
export interface FireMore {
  readonly id?: string
  readonly overlap?: Overlap
  readonly turn?: Partial<FireTurn>
  readonly job?: Partial<NewJob>
}

/** The fire of this turn; its job is named after both. */
export function fireOf(revision: number, turn: number, more: FireMore = {}): ScheduleFire {
  const id = more.id ?? 'nightly'
  const unique = { key: `schedule:${id}`, until: 'finished', onConflict: 'ignore' } as const
  const job = kept(`${id}@${turn}`, { executeAt: nth(turn).dueAt, unique, ...more.job })
  return {
    id,
    overlap: more.overlap ?? 'skip',
    turn: { revision, fireAt: nth(turn).fireAt, next: nth(turn + 1), missed: 0, ...more.turn },
    run: { fireAt: nth(turn).fireAt, job },
  }
}

/** The same fire out of turn. */
export function outOfTurn({ turn: _, ...fire }: ScheduleFire): ScheduleFire {
  return fire
}

/** Carries fires out; what became of each. */
export async function fire(store: Store, ...fires: readonly ScheduleFire[]): Promise<FireOutcome['status'][]> {
  return (await store.fireSchedule({ fires })).map(({ status }) => status)
}

/** The text that is kept of a schedule. */
export async function recordOf({ client, key }: ScriptCaseContext, id = 'nightly'): Promise<string | null> {
  return client.hget(key('schedules'), id)
}
