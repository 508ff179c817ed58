import type { EnqueueOutcome, NewJob } from '@goscheds/core'
import type { MemoryState } from './memory-state.js'
import type { Transitions } from './transitions.js'
import { endsWithJob } from './unique-keys.js'

/** `MemoryStore.enqueue` of one job. An id that is held comes before any key, so that a repeated push is found out. */
export function enqueueOne(state: MemoryState, transitions: Transitions, newJob: NewJob, now: number): EnqueueOutcome {
  const { id, unique } = newJob
  if (state.jobs.has(id)) return { status: 'duplicate', id }
  const due = newJob.executeAt ?? now + (newJob.delayMs ?? 0)
  if (unique === undefined) {
    transitions.toWaiting(transitions.add(newJob, due, now), due, now)
    return { status: 'added', id }
  }

  const addWithKey = (): void => {
    const job = transitions.add(newJob, due, now)
    state.keys.take(job, now)
    transitions.toWaiting(job, due, now)
  }
  const hold = state.keys.holdOf({ name: newJob.name, unique }, now)
  if (hold === undefined) {
    addWithKey()
    return { status: 'added', id }
  }

  const { job: holder } = hold
  const { state: where } = holder.home ?? { state: 'gone' }
  const waits = where === 'scheduled' || where === 'ready'
  if (unique.onConflict === 'replace' && waits && (endsWithJob(unique) || hold.endsAt !== undefined)) {
    transitions.giveWay(holder)
    addWithKey()
    return { status: 'replaced', id, replacedId: holder.id }
  }
  if (unique.onConflict === 'reschedule' && waits) {
    transitions.reschedule(holder, due, now)
    return { status: 'rescheduled', id: holder.id }
  }
  if (unique.onConflict === 'runAgain' && where === 'active' && hold.endsAt === undefined) {
    const parked = state.keys.firstParked(holder)
    if (parked !== undefined) return { status: 'duplicate', id: parked.id }
    transitions.park(transitions.add(newJob, due, now))
    return { status: 'queuedAgain', id }
  }
  return { status: 'duplicate', id: holder.id }
}
