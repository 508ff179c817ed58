import type { FireOutcome, FireTurn, NewSchedule, ScheduleFire, StoredSchedule } from '@goscheds/core'
import type { AnyCall, Call, Span } from './calls.js'

/** A fire in a call of `fireSchedule`. */
export interface Fire extends Span {
  readonly fire: ScheduleFire
  /** Undefined when the call was not answered. */
  readonly outcome: FireOutcome | undefined
  readonly call: Call<'fireSchedule'>
  /** Its place in the call. */
  readonly index: number
}

/** A fire in turn. */
export interface Turn extends Fire {
  readonly turn: FireTurn
}

/** A schedule in a call of `putSchedule` that was done. */
export interface Put extends Span {
  readonly schedule: NewSchedule
  readonly revision: number
}

/** A schedule in an answer: all that `listSchedules` shows, or where `promote` says that it stands. */
export interface Stand extends Span {
  readonly schedule: Pick<StoredSchedule, 'revision' | 'next'>
}

/** All that a history says of one schedule, each kind in the order of the history. */
export interface ScheduleTrail {
  readonly id: string
  readonly fires: Fire[]
  readonly puts: Put[]
  readonly removals: Span[]
  readonly stands: Stand[]
}

/** Puts what calls say of schedules with the schedule that they say it of. */
export function gatherSchedules(calls: readonly AnyCall[]): Map<string, ScheduleTrail> {
  const trails = new Map<string, ScheduleTrail>()
  const of = (id: string): ScheduleTrail => {
    const trail = trails.get(id) ?? { id, fires: [], puts: [], removals: [], stands: [] }
    trails.set(id, trail)
    return trail
  }
  for (const call of calls) {
    const { from, until, fromAt, untilAt, events } = call
    const span: Span = { from, until, fromAt, untilAt, events }
    if (call.method === 'fireSchedule') {
      for (const [index, fire] of call.input.fires.entries()) {
        of(fire.id).fires.push({ ...span, fire, outcome: call.output?.[index], call, index })
      }
    } else if (call.method === 'putSchedule' && call.output?.status === 'put') {
      const { schedule } = call.input
      of(schedule.id).puts.push({ ...span, schedule, revision: call.output.revision })
    } else if (call.method === 'removeSchedule') {
      for (const [index, id] of call.input.ids.entries()) if (call.output?.[index] !== false) of(id).removals.push(span)
    } else if (call.method === 'listSchedules') {
      for (const schedule of call.output?.schedules ?? []) of(schedule.id).stands.push({ ...span, schedule })
    } else if (call.method === 'promote') {
      for (const { id, revision, fireAt, dueAt } of call.output?.due?.schedules ?? []) {
        of(id).stands.push({ ...span, schedule: { revision, next: { fireAt, dueAt } } })
      }
    }
  }
  return trails
}

/** The fires in turn of a schedule. */
export function turnsOf({ fires }: ScheduleTrail): Turn[] {
  return fires.flatMap((one) => (one.fire.turn === undefined ? [] : [{ ...one, turn: one.fire.turn }]))
}

/** Whether this answer says that the turn was made, by this very call. */
export function isMade({ outcome }: Fire): boolean {
  const { status } = outcome ?? {}
  return (
    status === 'fired' || status === 'buffered' || status === 'skipped' || status === 'passed' || status === 'duplicate'
  )
}

/** Whether this answer says that the fire made a job, by this very call. */
export function hasMadeJob({ outcome }: Fire): boolean {
  return outcome?.status === 'fired' || outcome?.status === 'buffered'
}

/** Which turn it is: a schedule stands at a time of one revision once. */
export function turnKey({ revision, fireAt }: Pick<FireTurn, 'revision' | 'fireAt'>): string {
  return `${revision}@${fireAt}`
}
