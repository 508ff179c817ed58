import {
  type AuditPage,
  type CancelOutcome,
  type Capabilities,
  checkOptions,
  type ClaimResult,
  type EnqueueOutcome,
  type ExtendOutcome,
  type FinishedState,
  type JobState,
  type NameCounts,
  type NewJob,
  type PromoteResult,
  type PruneResult,
  type ReapedJob,
  type ReapResult,
  type RedriveOutcome,
  type RemoveOutcome,
  type RescheduleOutcome,
  type Runtime,
  type SettleEntry,
  type Settlement,
  type SettleOutcome,
  type Store,
  type StoredJob,
  type StoredJobPage,
  type StoreHint,
  type StoreInput,
  systemRuntime,
  type WorkerRecord,
  type WorkerReport,
} from '@goscheds/core'
import { audit } from './audit.js'
import { holdsLease, leaseOf, type MemoryJob, toClaimedJob, toStoredJob } from './memory-job.js'
import { MemoryState } from './memory-state.js'
import { NameState } from './name-state.js'
import { pageOf } from './page.js'
import { ReadyWaiters } from './ready-waiters.js'

/** Options of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /** The store's clock. Default: the system's; a `ManualClock` lets a test move time by hand. */
  readonly clock?: Runtime | undefined
}

/**
 * Jobs in this process's memory: for unit tests, and the reference that other stores are compared with.
 * Every method does its whole work synchronously before its promise resolves, which makes it atomic.
 */
export class MemoryStore implements Store {
  readonly kind = 'memory'
  readonly capabilities: Capabilities = { durable: false, sharedAcrossProcesses: false, notifications: true }

  readonly #clock: Runtime
  readonly #state: MemoryState
  readonly #workers = new Map<string, WorkerRecord>()
  readonly #waiters: ReadyWaiters
  readonly #listeners = new Set<(hint: StoreHint) => void>()
  #generation = 0

  /**
   * `state`: the jobs that it begins with; for tests that put damage into it.
   * @throws InvalidArgumentError for an unknown option
   */
  constructor(options: MemoryStoreOptions = {}, state = new MemoryState()) {
    checkOptions('MemoryStore options', options, ['clock'])
    this.#clock = options.clock ?? systemRuntime
    this.#state = state
    this.#waiters = new ReadyWaiters(this.#clock)
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {
    this.#listeners.clear()
    this.#waiters.wakeAll()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async enqueue({ jobs }: { readonly jobs: readonly NewJob[] }): Promise<readonly EnqueueOutcome[]> {
    const now = this.#clock.now()
    return jobs.map(({ id, name, payload, options, retention, executeAt, delayMs }): EnqueueOutcome => {
      if (this.#state.jobs.has(id)) return { status: 'duplicate', id }
      const due = executeAt ?? now + (delayMs ?? 0)
      const job: MemoryJob = {
        ...{ id, name, payload, options, retention, executeAt: due, enqueuedAt: now },
        ...{ generation: ++this.#generation, claims: 0, attempts: 0, recoveries: 0 },
        ...{ cancelRequested: false, home: undefined },
      }
      this.#state.jobs.set(id, job)
      this.#toWaiting(job, due, now)
      return { status: 'added', id }
    })
  }

  async promote({ limit }: { readonly limit: number }): Promise<PromoteResult> {
    const now = this.#clock.now()
    let promoted = 0
    let first = this.#state.scheduled.first()
    for (; first !== undefined && first.at <= now && promoted < limit; first = this.#state.scheduled.first()) {
      this.#toReady(first.value)
      promoted++
    }
    return { promoted, nextDueInMs: first === undefined ? null : Math.max(0, first.at - now) }
  }

  async reap({ limit, maxRecoveries }: StoreInput<'reap'>): Promise<ReapResult> {
    const now = this.#clock.now()
    const reaped: ReapedJob[] = []
    for (const { active } of this.#state.names.values()) {
      for (let first = active.first(); first !== undefined && first.at <= now; first = active.first()) {
        if (reaped.length === limit) return { reaped, returned: 0 }
        reaped.push(this.#reapOne(first.value, maxRecoveries))
      }
    }
    return { reaped, returned: 0 }
  }

  #reapOne(job: MemoryJob, maxRecoveries: number): ReapedJob {
    const lease = leaseOf(job)
    const recoveries = ++job.recoveries
    if (job.cancelRequested) {
      this.#finish(job, 'cancelled', job.retention.completedMs)
      return { ...lease, outcome: 'cancelled', recoveries }
    }
    if (recoveries > maxRecoveries) {
      job.deadReason = 'recoveries'
      this.#finish(job, 'dead', job.retention.deadMs)
      return { ...lease, outcome: 'dead', recoveries }
    }
    this.#toReady(job)
    return { ...lease, outcome: 'ready', recoveries }
  }

  async prune({ limit, maxDeadPerName }: StoreInput<'prune'>): Promise<PruneResult> {
    const now = this.#clock.now()
    let pruned = 0
    for (const [name, state] of this.#state.names) {
      for (const finished of [state.completed, state.dead, state.cancelled]) {
        const keep = finished === state.dead ? maxDeadPerName : Infinity
        for (let first = finished.first(); first !== undefined && pruned < limit; first = finished.first()) {
          if (first.at > now && finished.size <= keep) break
          this.#forget(first.value)
          pruned++
        }
      }
      if (state.isEmpty) this.#state.names.delete(name)
    }
    for (const { worker, expiresAt } of [...this.#workers.values()]) {
      if (expiresAt > now || pruned >= limit) continue
      this.#workers.delete(worker)
      pruned++
    }
    return { pruned }
  }

  async claim({ name, limit, leaseMs }: StoreInput<'claim'>): Promise<ClaimResult> {
    const now = this.#clock.now()
    const ready = this.#state.names.get(name)?.ready
    const jobs = []
    for (let head = ready?.head; head !== undefined && jobs.length < limit; head = ready?.head) {
      const job = head.value
      this.#leave(job)
      job.claims++
      job.home = { state: 'active', node: this.#state.name(job.name).active.add(now + leaseMs, job.generation, job) }
      jobs.push(toClaimedJob(job, now))
    }
    return { jobs, more: false }
  }

  async waitForReady({ name, timeoutMs, signal }: StoreInput<'waitForReady'>): Promise<void> {
    if (signal.aborted || this.#state.names.get(name)?.ready.head !== undefined) return
    await this.#waiters.wait(name, timeoutMs, signal)
  }

  async extend({ leases, leaseMs }: StoreInput<'extend'>): Promise<readonly ExtendOutcome[]> {
    const until = this.#clock.now() + leaseMs
    return leases.map((lease): ExtendOutcome => {
      const job = this.#state.jobs.get(lease.id)
      if (!holdsLease(job, lease)) return 'lost'
      this.#leave(job)
      job.home = { state: 'active', node: this.#state.name(job.name).active.add(until, job.generation, job) }
      return job.cancelRequested ? 'cancel-requested' : 'held'
    })
  }

  async settle({ entries }: { readonly entries: readonly SettleEntry[] }): Promise<readonly SettleOutcome[]> {
    const now = this.#clock.now()
    return entries.map(({ lease, settlement }): SettleOutcome => {
      const job = this.#state.jobs.get(lease.id)
      if (!holdsLease(job, lease)) return { status: 'lost' }
      return { status: 'settled', state: this.#settleOne(job, settlement, now) }
    })
  }

  #settleOne(job: MemoryJob, settlement: Settlement, now: number): Exclude<JobState, 'active'> {
    if (settlement.type === 'completed') {
      if (settlement.result !== undefined) job.result = settlement.result
      return this.#finish(job, 'completed', settlement.retentionMs)
    }
    if (settlement.type === 'cancelled') return this.#finish(job, 'cancelled', settlement.retentionMs)
    if (settlement.type === 'dead') {
      if (settlement.reason !== 'undecodable') job.attempts++
      job.error = settlement.error
      job.deadReason = settlement.reason
      return this.#finish(job, 'dead', settlement.retentionMs)
    }
    if (settlement.type === 'retry') {
      job.attempts++
      job.error = settlement.error
    }
    if (job.cancelRequested) return this.#finish(job, 'cancelled', job.retention.completedMs)
    return this.#toWaiting(job, now + settlement.delayMs, now)
  }

  async heartbeat({ report, ttlMs }: { readonly report: WorkerReport; readonly ttlMs: number }): Promise<void> {
    const now = this.#clock.now()
    this.#workers.set(report.worker, { ...structuredClone(report), seenAt: now, expiresAt: now + ttlMs })
  }

  async leave({ worker }: { readonly worker: string }): Promise<void> {
    this.#workers.delete(worker)
  }

  async cancel({ ids }: { readonly ids: readonly string[] }): Promise<readonly CancelOutcome[]> {
    return ids.map((id): CancelOutcome => {
      const job = this.#state.jobs.get(id)
      if (job?.home === undefined) return { status: 'not-found' }
      const { state } = job.home
      if (isFinished(state)) return { status: 'finished', state }
      if (state === 'active') {
        job.cancelRequested = true
        this.#hint({ type: 'cancel', id })
        return { status: 'requested' }
      }
      this.#finish(job, 'cancelled', job.retention.completedMs)
      return { status: 'cancelled' }
    })
  }

  async reschedule({ entries }: StoreInput<'reschedule'>): Promise<readonly RescheduleOutcome[]> {
    const now = this.#clock.now()
    return entries.map(({ id, executeAt, delayMs }): RescheduleOutcome => {
      const job = this.#state.jobs.get(id)
      if (job?.home === undefined) return { status: 'not-found' }
      const { state } = job.home
      if (state === 'active') return { status: 'active' }
      if (isFinished(state)) return { status: 'finished', state }
      job.executeAt = executeAt ?? now + (delayMs ?? 0)
      job.generation = ++this.#generation
      return { status: 'rescheduled', state: this.#toWaiting(job, job.executeAt, now) }
    })
  }

  async remove({ ids }: { readonly ids: readonly string[] }): Promise<readonly RemoveOutcome[]> {
    return ids.map((id): RemoveOutcome => {
      const job = this.#state.jobs.get(id)
      if (job?.home === undefined) return { status: 'not-found' }
      const { state } = job.home
      if (state === 'active') return { status: 'active' }
      this.#forget(job)
      return { status: 'removed', state }
    })
  }

  async redrive({ ids }: { readonly ids: readonly string[] }): Promise<readonly RedriveOutcome[]> {
    return ids.map((id): RedriveOutcome => {
      const job = this.#state.jobs.get(id)
      if (job?.home === undefined) return { status: 'not-found' }
      if (job.home.state !== 'dead') return { status: 'not-dead', state: job.home.state }
      job.attempts = 0
      job.recoveries = 0
      delete job.deadReason
      this.#toReady(job)
      return { status: 'redriven' }
    })
  }

  async get({ ids }: { readonly ids: readonly string[] }): Promise<readonly (StoredJob | null)[]> {
    return ids.map((id) => {
      const job = this.#state.jobs.get(id)
      return job?.home === undefined ? null : toStoredJob(job, job.home)
    })
  }

  async list({ name, state, limit, cursor }: StoreInput<'list'>): Promise<StoredJobPage> {
    return pageOf(
      state === 'scheduled' ? this.#state.scheduled : this.#state.name(name)[state],
      name,
      limit,
      cursor ?? null,
    )
  }

  async counts({ names }: { readonly names?: readonly string[] }): Promise<readonly NameCounts[]> {
    const now = this.#clock.now()
    const known = [...this.#state.names].filter(([, state]) => !state.isEmpty).map(([name]) => name)
    const wanted = [...new Set(names ?? known)].sort()
    return wanted.map((name) => (this.#state.names.get(name) ?? new NameState()).counts(name, now))
  }

  async audit(input: StoreInput<'audit'>): Promise<AuditPage> {
    return audit(this.#state, input)
  }

  async workers(): Promise<readonly WorkerRecord[]> {
    const now = this.#clock.now()
    const alive = [...this.#workers.values()].filter(({ expiresAt }) => expiresAt > now)
    return alive.sort((a, b) => (a.worker < b.worker ? -1 : 1))
  }

  async subscribe(listener: (hint: StoreHint) => void): Promise<() => Promise<void>> {
    const own = (hint: StoreHint): void => listener(hint)
    this.#listeners.add(own)
    return async () => void this.#listeners.delete(own)
  }

  #hint(hint: StoreHint): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => this.#listeners.has(listener) && listener(hint))
    }
  }

  /** To its queue if `due` has come, else to the scheduled set. */
  #toWaiting(job: MemoryJob, due: number, now: number): 'scheduled' | 'ready' {
    return due <= now ? this.#toReady(job) : this.#toScheduled(job, due)
  }

  #toReady(job: MemoryJob): 'ready' {
    this.#leave(job)
    job.home = { state: 'ready', node: this.#state.name(job.name).ready.push(job) }
    this.#waiters.wakeOne(job.name)
    return 'ready'
  }

  #toScheduled(job: MemoryJob, due: number): 'scheduled' {
    this.#leave(job)
    job.home = { state: 'scheduled', node: this.#state.scheduled.add(due, job.generation, job) }
    this.#state.name(job.name).scheduled++
    if (this.#state.scheduled.first() === job.home.node) this.#hint({ type: 'due' })
    return 'scheduled'
  }

  #finish<S extends FinishedState>(job: MemoryJob, state: S, retentionMs: number): S {
    this.#leave(job)
    job.cancelRequested = false
    if (retentionMs <= 0) {
      this.#state.jobs.delete(job.id)
      return state
    }
    const finishedAt = this.#clock.now()
    const node = this.#state.name(job.name)[state].add(finishedAt + retentionMs, job.generation, job)
    job.home = { state, node, finishedAt }
    return state
  }

  #forget(job: MemoryJob): void {
    this.#leave(job)
    this.#state.jobs.delete(job.id)
  }

  /** Takes the job out of its present home; the caller gives it the next one. */
  #leave(job: MemoryJob): void {
    const { home } = job
    job.home = undefined
    if (home === undefined) return
    const state = this.#state.name(job.name)
    if (home.state === 'scheduled') {
      this.#state.scheduled.remove(home.node)
      state.scheduled--
    } else if (home.state === 'ready') state.ready.remove(home.node)
    else state[home.state].remove(home.node)
  }
}

function isFinished(state: JobState): state is FinishedState {
  return state === 'completed' || state === 'dead' || state === 'cancelled'
}
