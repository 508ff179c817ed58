import {
  type FireOutcome,
  type FireTurn,
  KEPT_FIRES,
  KEPT_RUNS,
  type KeptFire,
  MAX_BUFFERED_FIRES,
  type NewJob,
  type Overlap,
  type ScheduleFire,
  type StoredSchedule,
} from '@goscheds/core'
import type { MemoryJob } from './memory-job.js'
import type { MemoryState } from './memory-state.js'
import type { Transitions } from './transitions.js'

/** `MemoryStore.fireSchedule` of one fire. */
export function fireOne(state: MemoryState, transitions: Transitions, fire: ScheduleFire, now: number): FireOutcome {
  const { id, overlap, turn, run } = fire
  const schedule = state.schedules.get(id)
  if (schedule === undefined) return { status: 'not-found' }
  const refusal = turn && refuse(state, schedule, turn, now)
  if (refusal !== undefined) return refusal
  if (run?.job.executeAt !== undefined && run.job.executeAt > now) return { status: 'early' }

  const outcome = run === undefined ? PASSED : addUnder(overlap, state, transitions, run.job, now)
  const { status } = outcome
  let after = schedule
  if (run !== undefined && (status === 'fired' || status === 'buffered' || status === 'skipped')) {
    const made = status === 'skipped' ? {} : { jobId: run.job.id }
    const kept = { fireAt: run.fireAt, at: now, outcome: status, ...made }
    after = { ...after, fires: keptOf([...schedule.fires, kept]) }
  }
  if (turn !== undefined) after = moveOn(after, turn, status)
  if (after !== schedule) state.schedules.set(after)
  return outcome
}

/** Without the earliest one beyond what is kept. The last that made a job stay, or skipped fires would hide how it ends. */
function keptOf(fires: readonly KeptFire[]): readonly KeptFire[] {
  if (fires.length <= KEPT_FIRES) return fires
  const runs = fires.filter(({ jobId }) => jobId !== undefined).slice(-KEPT_RUNS)
  const dropped = fires.find((one) => !runs.includes(one))
  return fires.filter((one) => one !== dropped)
}

const PASSED = { status: 'passed' } as const

/** Why it is not its turn, if it is not. */
function refuse(
  state: MemoryState,
  schedule: StoredSchedule,
  { revision, fireAt, pauseOnDead }: FireTurn,
  now: number,
): FireOutcome | undefined {
  if (schedule.revision !== revision || schedule.next?.fireAt !== fireAt) return { status: 'moved' }
  if (schedule.pausedNote !== undefined) return { status: 'paused' }
  if (pauseOnDead !== undefined && hasDied(state, schedule)) {
    state.schedules.set({ ...schedule, pausedNote: pauseOnDead, pausedAt: now })
    return { status: 'paused' }
  }
  return schedule.next.dueAt > now ? { status: 'early' } : undefined
}

/** Whether a job of a kept fire, since the schedule was put, is dead now. */
function hasDied({ jobs }: MemoryState, { fires, updatedAt }: StoredSchedule): boolean {
  return fires.some(({ at, jobId }) => at >= updatedAt && jobs.get(jobId ?? '')?.home?.state === 'dead')
}

function moveOn(schedule: StoredSchedule, turn: FireTurn, status: FireOutcome['status']): StoredSchedule {
  const fired = schedule.fired + (status === 'fired' || status === 'buffered' ? 1 : 0)
  return {
    ...schedule,
    fired,
    missed: schedule.missed + turn.missed,
    skipped: schedule.skipped + (status === 'skipped' ? 1 : 0),
    next: fired >= (turn.maxRuns ?? Infinity) ? null : turn.next,
  }
}

/** Adds the job, parks it, or adds none. The holder of its unique key is the run that goes on. */
function addUnder(
  overlap: Overlap,
  state: MemoryState,
  transitions: Transitions,
  newJob: NewJob,
  now: number,
): FireOutcome {
  const { id: jobId, name, unique } = newJob
  if (state.jobs.has(jobId)) return { status: 'duplicate', jobId }
  const due = newJob.executeAt ?? now
  const hold = overlap === 'allowAll' || unique === undefined ? undefined : state.keys.holdOf({ name, unique }, now)
  if (hold !== undefined) {
    const skipped = { status: 'skipped', jobId: hold.job.id } as const
    // Behind a key that is held for a time nothing can be parked, and no cancel frees it.
    if (hold.endsAt !== undefined) return skipped
    if (overlap === 'cancelOther') cancelAll(state, transitions, hold.job)
    else if (state.keys.parkedBehind(hold.job).length >= mostParked(overlap)) return skipped
  }
  const job = transitions.add(newJob, due, now)
  if (hold !== undefined && state.keys.holdOf(job, now) !== undefined) {
    transitions.park(job)
    return { status: 'buffered', jobId }
  }
  if (unique !== undefined && overlap !== 'allowAll') state.keys.take(job, now)
  transitions.toWaiting(job, due, now)
  return { status: 'fired', jobId }
}

function mostParked(overlap: Overlap): number {
  if (overlap === 'bufferAll') return MAX_BUFFERED_FIRES
  return overlap === 'bufferOne' ? 1 : 0
}

/** Those that are parked first, so that none of them takes the key. */
function cancelAll({ keys }: MemoryState, transitions: Transitions, holder: MemoryJob): void {
  for (const parked of keys.parkedBehind(holder)) transitions.finishOwn(parked, 'cancelled')
  if (holder.home?.state === 'active') transitions.requestCancel(holder)
  else transitions.finishOwn(holder, 'cancelled')
}
