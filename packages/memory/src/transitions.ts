import type { DeadReason, FinishedState, GroupLimits, NewJob, Runtime, StoreHint } from '@goscheds/core'
import { isParked, type MemoryJob } from './memory-job.js'
import type { MemoryState } from './memory-state.js'
import type { NameState } from './name-state.js'
import type { TimedNode } from './time-ordered-set.js'
import { endsWithJob } from './unique-keys.js'

/** At most so many finished jobs are removed when one more than `maxCount` is kept. */
const MAX_TRIMMED = 100

/** What the moves of a job tell others. */
export interface TransitionListener {
  /** There is something to claim. */
  readonly onReady: (name: string) => void
  /** A slot of a name that was at its concurrency is free. */
  readonly onSlot: (name: string) => void
  readonly onHint: (hint: StoreHint) => void
}

/** The moves of one job from home to home, with what each does to its unique key. */
export class Transitions {
  readonly #state: MemoryState
  readonly #clock: Runtime
  readonly #listener: TransitionListener
  #generation = 0

  constructor(state: MemoryState, clock: Runtime, listener: TransitionListener) {
    this.#state = state
    this.#clock = clock
    this.#listener = listener
  }

  /** A new job, which has no home yet. */
  add(
    { id, name, payload, options, retention, priority, unique, group, expiresAt }: NewJob,
    due: number,
    now: number,
  ): MemoryJob {
    const job: MemoryJob = {
      ...{ id, name, payload, options, retention, executeAt: due, enqueuedAt: now, priority: priority ?? 0 },
      ...{ generation: ++this.#generation, claims: 0, attempts: 0, recoveries: 0, unique, expiresAt },
      ...{ group, cancelRequested: false, home: undefined, expiry: undefined },
    }
    this.#state.jobs.set(id, job)
    if (expiresAt !== undefined) this.#mayExpire(job, expiresAt)
    return job
  }

  /** To its queue if `due` has come, else to the scheduled set. */
  toWaiting(job: MemoryJob, due: number, now: number, atHead = false): 'scheduled' | 'ready' {
    if (due <= now) return this.toReady(job, atHead)
    this.#toScheduled(job, due)
    if (this.#state.scheduled.first()?.value === job) this.#listener.onHint({ type: 'due' })
    return 'scheduled'
  }

  /** To the tail of its queue, or to the head of its group. */
  toReady(job: MemoryJob, atHead = false): 'ready' {
    this.leave(job)
    const ofName = this.#state.name(job.name)
    job.home = { state: 'ready', node: ofName.pushReady(job, atHead) }
    if (job.group !== undefined) ofName.groups?.giveUpPlace(job, this.#groupLimits(job))
    if (ofName.hasClaimable) this.#listener.onReady(job.name)
    return 'ready'
  }

  /** To wait for its unique key, and for no time. */
  park(job: MemoryJob): void {
    this.#toScheduled(job, Infinity)
    this.#state.keys.park(job)
  }

  /** Back from a run. One that had to give up its key when it started takes it again, or is parked. */
  comeBack(job: MemoryJob, due: number, now: number): 'scheduled' | 'ready' | 'parked' {
    const isToPark = job.unique?.until === 'started' && !this.#takeKey(job, now)
    const isOrdered = job.group !== undefined && this.#groupLimits(job)?.ordered === true
    if (isOrdered && !isToPark && due > now) this.#state.name(job.name).groups?.keepPlace(job)
    if (!isToPark) return this.toWaiting(job, due, now, isOrdered)
    this.park(job)
    return 'parked'
  }

  /** → false if it is to be parked behind the holder */
  #takeKey(job: MemoryJob, now: number): boolean {
    const hold = this.#state.keys.holdOf(job, now)
    if (hold === undefined) this.#state.keys.take(job, now)
    return hold?.endsAt !== undefined || hold === undefined
  }

  /** Another due time for a waiting job. */
  reschedule(job: MemoryJob, due: number, now: number): 'scheduled' | 'ready' {
    this.#giveUpPlace(job)
    job.executeAt = due
    job.generation = ++this.#generation
    if (job.expiry !== undefined) this.#mayExpire(job, job.expiry.at)
    return this.toWaiting(job, due, now)
  }

  /** Back from the dead, where it may have been without a claim: then a new generation tells its lives apart. */
  redrive(job: MemoryJob): void {
    if (job.claims === 0) job.generation = ++this.#generation
    job.attempts = 0
    job.recoveries = 0
    job.expiresAt = undefined
    delete job.deadReason
    this.toReady(job)
  }

  toActive(job: MemoryJob, deadline: number): void {
    this.leave(job)
    this.#lease(job, deadline)
  }

  extendLease(job: MemoryJob, deadline: number): void {
    if (job.home?.state === 'active') this.#state.name(job.name).active.remove(job.home.node)
    this.#lease(job, deadline)
  }

  #lease(job: MemoryJob, deadline: number): void {
    job.home = { state: 'active', node: this.#state.name(job.name).active.add(deadline, job.generation, job) }
  }

  /** It has been claimed for the first time, or not for the first time: what started cannot expire. */
  started(job: MemoryJob): void {
    job.claims++
    this.#cannotExpire(job)
    if (job.unique?.until === 'started') this.#freeKey(job)
  }

  /** Its worker, or the reaper, is to end it. */
  requestCancel(job: MemoryJob): void {
    job.cancelRequested = true
    this.#listener.onHint({ type: 'cancel', id: job.id })
  }

  /** Its end: kept for so long, or gone without a trace. */
  finish<S extends FinishedState>(job: MemoryJob, state: S, retentionMs: number, maxCount?: number): S {
    this.#end(job)
    job.cancelRequested = false
    if (retentionMs <= 0) this.#state.jobs.delete(job.id)
    else this.#keep(job, state, retentionMs, maxCount)
    if (retentionMs > 0 || state !== 'completed') this.#listener.onHint({ type: 'finished', id: job.id })
    this.#freeKey(job)
    return state
  }

  /** An end that its own retention applies to. */
  finishOwn<S extends FinishedState>(job: MemoryJob, state: S, deadReason?: DeadReason): S {
    const { completedMs, deadMs, maxCount } = job.retention
    if (deadReason !== undefined) job.deadReason = deadReason
    return this.finish(job, state, state === 'dead' ? deadMs : completedMs, maxCount)
  }

  /** Gone without a trace, from any home. */
  forget(job: MemoryJob): void {
    this.#end(job)
    this.#state.jobs.delete(job.id)
    this.#freeKey(job)
  }

  /** As `forget`; its key goes to the job that takes its place, which takes it next. */
  giveWay(job: MemoryJob): void {
    this.#end(job)
    this.#state.jobs.delete(job.id)
    this.#listener.onHint({ type: 'finished', id: job.id })
  }

  /** Takes the job out of its present home; the caller gives it the next one. */
  leave(job: MemoryJob): void {
    const { home } = job
    if (home === undefined) return
    const state = this.#state.name(job.name)
    if (home.state === 'scheduled') {
      this.#state.scheduled.remove(home.node)
      state.scheduled--
      if (isParked(job)) this.#state.keys.unpark(job)
    } else if (home.state === 'ready') state.removeReady(home.node)
    else if (home.state === 'active') this.#leaveActive(job, home.node, state)
    else state[home.state].remove(home.node)
    job.home = undefined
  }

  #leaveActive(job: MemoryJob, node: TimedNode<MemoryJob>, { active, groups }: NameState): void {
    active.remove(node)
    const { name } = job
    if (job.group !== undefined && groups?.ended(job, this.#groupLimits(job)) === true) this.#listener.onReady(name)
    if (active.size + 1 === this.#state.controls.get(name)?.limits?.concurrency) this.#listener.onSlot(name)
  }

  #groupLimits({ name }: MemoryJob): GroupLimits | undefined {
    return this.#state.controls.get(name)?.limits?.perGroup
  }

  #toScheduled(job: MemoryJob, due: number): void {
    this.leave(job)
    job.home = { state: 'scheduled', node: this.#state.scheduled.add(due, job.generation, job) }
    this.#state.name(job.name).scheduled++
  }

  #end(job: MemoryJob): void {
    this.leave(job)
    this.#cannotExpire(job)
    this.#giveUpPlace(job)
  }

  #giveUpPlace(job: MemoryJob): void {
    const groups = job.group && this.#state.names.get(job.name)?.groups
    if (groups?.giveUpPlace(job, this.#groupLimits(job)) === true) this.#listener.onReady(job.name)
  }

  #keep(job: MemoryJob, state: FinishedState, retentionMs: number, maxCount = Infinity): void {
    const kept = this.#state.name(job.name)[state]
    const finishedAt = this.#clock.now()
    job.home = { state, node: kept.add(finishedAt + retentionMs, job.generation, job), finishedAt }
    for (let trimmed = 0; kept.size > maxCount && trimmed < MAX_TRIMMED; trimmed++) {
      const first = kept.first()
      if (first !== undefined) this.forget(first.value)
    }
  }

  #freeKey(job: MemoryJob): void {
    if (!endsWithJob(job.unique)) return
    const next = this.#state.keys.free(job)
    if (next === undefined) return
    const now = this.#clock.now()
    this.#state.keys.take(next, now)
    this.toWaiting(next, next.executeAt, now)
  }

  #mayExpire(job: MemoryJob, at: number): void {
    this.#cannotExpire(job)
    job.expiry = this.#state.expiring.add(at, job.generation, job)
  }

  #cannotExpire(job: MemoryJob): void {
    if (job.expiry !== undefined) this.#state.expiring.remove(job.expiry)
    job.expiry = undefined
  }
}
