import {
  type AuditPage,
  type CancelOutcome,
  type Capabilities,
  checkOptions,
  type ClaimResult,
  type EnqueueOutcome,
  type ExtendOutcome,
  type FireOutcome,
  KEPT_LOG_LINES,
  type NameCounts,
  type NewJob,
  type PromoteResult,
  type PruneResult,
  type PutScheduleOutcome,
  type ReapResult,
  type RedriveOutcome,
  type RemoveOutcome,
  type ReportOutcome,
  type RescheduleOutcome,
  type Runtime,
  type SettleOutcome,
  type Store,
  type StoredJob,
  type StoredJobPage,
  type StoreHint,
  type StoreInput,
  type StoreOutput,
  systemRuntime,
  type WorkerRecord,
  type WorkerReport,
} from '@goscheds/core'
import { audit } from './audit.js'
import { claim } from './claim.js'
import { enqueueOne } from './enqueue.js'
import { fireOne } from './fire.js'
import { Hints } from './hints.js'
import { holdsLease, isFinished, isParked, toFullJob } from './memory-job.js'
import { MemoryState } from './memory-state.js'
import { NameState } from './name-state.js'
import { pageOf, placesIn } from './page.js'
import { prune } from './prune.js'
import { ReadyWaiters } from './ready-waiters.js'
import { reap } from './reap.js'
import { settleOne } from './settle.js'
import { Transitions } from './transitions.js'
import { endsWithJob } from './unique-keys.js'

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
  readonly capabilities: Capabilities = {
    durable: false,
    sharedAcrossProcesses: false,
    notifications: true,
    jobOptions: true,
    limits: true,
    groups: true,
    schedules: true,
  }

  readonly #clock: Runtime
  readonly #state: MemoryState
  readonly #workers = new Map<string, WorkerRecord>()
  readonly #waiters: ReadyWaiters
  readonly #transitions: Transitions
  /** Names of which nobody was waiting who could be told that a group waits for its time. */
  readonly #untold = new Set<string>()
  readonly #hints = new Hints()

  /**
   * `state`: the jobs that it begins with; for tests that put damage into it.
   * @throws InvalidArgumentError for an unknown option
   */
  constructor(options: MemoryStoreOptions = {}, state = new MemoryState()) {
    checkOptions('MemoryStore options', options, ['clock'])
    this.#clock = options.clock ?? systemRuntime
    this.#state = state
    this.#waiters = new ReadyWaiters(this.#clock)
    this.#transitions = new Transitions(state, this.#clock, {
      onReady: (name) => this.#wakeOne(name),
      onSlot: (name) => {
        this.#waiters.wakeAllOf(name)
        this.#hints.send({ type: 'control', name })
      },
      onHint: (hint) => this.#hints.send(hint),
    })
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {
    this.#hints.clear()
    this.#waiters.wakeAll()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async enqueue({ jobs }: { readonly jobs: readonly NewJob[] }): Promise<readonly EnqueueOutcome[]> {
    const now = this.#clock.now()
    return jobs.map((job) => enqueueOne(this.#state, this.#transitions, job, now))
  }

  async promote({ limit }: { readonly limit: number }): Promise<PromoteResult> {
    const now = this.#clock.now()
    let promoted = 0
    let first = this.#state.scheduled.first()
    for (; first !== undefined && first.at <= now && promoted < limit; first = this.#state.scheduled.first()) {
      this.#transitions.toReady(first.value)
      promoted++
    }
    const nextAt = Math.min(first?.at ?? Infinity, this.#state.schedules.first()?.next?.dueAt ?? Infinity)
    const schedules = this.#state.schedules.due(now, limit)
    return {
      promoted,
      nextDueInMs: nextAt === Infinity ? null : Math.max(0, nextAt - now),
      ...(schedules.length > 0 && { due: { now, schedules } }),
    }
  }

  async reap(input: StoreInput<'reap'>): Promise<ReapResult> {
    return reap(this.#state, this.#transitions, input, this.#clock.now())
  }

  async prune(input: StoreInput<'prune'>): Promise<PruneResult> {
    return { pruned: prune(this.#state, this.#workers, this.#transitions, input, this.#clock.now()) }
  }

  async claim(input: StoreInput<'claim'>): Promise<ClaimResult> {
    const result = claim(this.#state, this.#transitions, input, this.#clock.now())
    const ofName = this.#state.names.get(input.name)
    // Who got all that it asked for may not come back for a group that waits for its time.
    const isLeftWaiting = result.jobs.length === input.limit && Number.isFinite(ofName?.groups?.firstAsideUntil)
    this.#untold.delete(input.name)
    if (isLeftWaiting) this.#untold.add(input.name)
    if (result.held === undefined && (ofName?.hasClaimable === true || isLeftWaiting)) this.#wakeOne(input.name)
    return result
  }

  async waitForReady({ name, timeoutMs, signal }: StoreInput<'waitForReady'>): Promise<void> {
    if (signal.aborted) return
    if (this.#untold.delete(name)) return
    const ofName = this.#state.names.get(name)
    const held = this.#state.controls.get(name)?.allowance(ofName?.active.size ?? 0, this.#clock.now()).allowed === 0
    if (ofName?.hasClaimable === true && !held && !this.#state.holdsClaims(name)) return
    await this.#waiters.wait(name, timeoutMs, signal)
  }

  async extend({ leases, leaseMs }: StoreInput<'extend'>): Promise<readonly ExtendOutcome[]> {
    const until = this.#clock.now() + leaseMs
    return leases.map((lease): ExtendOutcome => {
      const job = this.#state.jobs.get(lease.id)
      if (!holdsLease(job, lease)) return 'lost'
      this.#transitions.extendLease(job, until)
      return job.cancelRequested ? 'cancel-requested' : 'held'
    })
  }

  async report({ entries }: StoreInput<'report'>): Promise<readonly ReportOutcome[]> {
    return entries.map(({ lease, progress, checkpoint, lines = [] }): ReportOutcome => {
      const job = this.#state.jobs.get(lease.id)
      if (!holdsLease(job, lease)) return 'lost'
      if (progress !== undefined) job.progress = progress
      if (checkpoint !== undefined) job.checkpoint = checkpoint
      if (lines.length > 0) job.log = [...(job.log ?? []), ...lines].slice(-KEPT_LOG_LINES)
      return 'reported'
    })
  }

  async settle({ entries }: StoreInput<'settle'>): Promise<readonly SettleOutcome[]> {
    const now = this.#clock.now()
    return entries.map((entry) => settleOne(this.#state, this.#transitions, entry, now))
  }

  async setPaused({ names, paused }: StoreInput<'setPaused'>): Promise<void> {
    const { pausedNames } = this.#state
    if (names === undefined) this.#state.isPaused = paused
    for (const name of names ?? []) {
      if (paused) pausedNames.add(name)
      else pausedNames.delete(name)
    }
    if (!paused) this.#waiters.wakeAll()
    if (names === undefined) this.#hints.send({ type: 'control' })
    for (const name of names ?? []) this.#hints.send({ type: 'control', name })
  }

  async setLimits({ name, limits }: StoreInput<'setLimits'>): Promise<void> {
    this.#state.control(name).limits = limits === null ? undefined : structuredClone(limits)
    this.#state.names.get(name)?.groups?.endWaits()
    this.#waiters.wakeAllOf(name)
    this.#hints.send({ type: 'control', name })
  }

  async putSchedule({ schedule, expect }: StoreInput<'putSchedule'>): Promise<PutScheduleOutcome> {
    const { schedules } = this.#state
    const revision = schedules.put(schedule, expect, this.#clock.now())
    if (revision === undefined) return { status: 'moved' }
    if (schedules.first()?.id === schedule.id) this.#hints.send({ type: 'due' })
    return { status: 'put', revision }
  }

  async removeSchedule({ ids }: StoreInput<'removeSchedule'>): Promise<readonly boolean[]> {
    return ids.map((id) => this.#state.schedules.remove(id))
  }

  async fireSchedule({ fires }: StoreInput<'fireSchedule'>): Promise<readonly FireOutcome[]> {
    const now = this.#clock.now()
    return fires.map((fire) => fireOne(this.#state, this.#transitions, fire, now))
  }

  async listSchedules({ limit, ids, cursor }: StoreInput<'listSchedules'>): StoreOutput<'listSchedules'> {
    const now = this.#clock.now()
    if (ids !== undefined) return { schedules: this.#state.schedules.some(ids), cursor: null, now }
    return { ...this.#state.schedules.page(limit, cursor ?? null), now }
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
        this.#transitions.requestCancel(job)
        return { status: 'requested' }
      }
      this.#transitions.finishOwn(job, 'cancelled')
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
      if (isParked(job)) return { status: 'parked' }
      const due = executeAt ?? now + (delayMs ?? 0)
      return { status: 'rescheduled', state: this.#transitions.reschedule(job, due, now) }
    })
  }

  async remove({ ids }: { readonly ids: readonly string[] }): Promise<readonly RemoveOutcome[]> {
    return ids.map((id): RemoveOutcome => {
      const job = this.#state.jobs.get(id)
      if (job?.home === undefined) return { status: 'not-found' }
      const { state } = job.home
      if (state === 'active') return { status: 'active' }
      this.#transitions.forget(job)
      this.#hints.send({ type: 'finished', id })
      return { status: 'removed', state }
    })
  }

  async redrive({ ids }: { readonly ids: readonly string[] }): Promise<readonly RedriveOutcome[]> {
    const now = this.#clock.now()
    return ids.map((id): RedriveOutcome => {
      const job = this.#state.jobs.get(id)
      if (job?.home === undefined) return { status: 'not-found' }
      if (job.home.state !== 'dead') return { status: 'not-dead', state: job.home.state }
      if (endsWithJob(job.unique)) {
        const hold = this.#state.keys.holdOf(job, now)
        if (hold !== undefined) return { status: 'duplicate', id: hold.job.id }
        this.#state.keys.take(job, now)
      }
      this.#transitions.redrive(job)
      return { status: 'redriven' }
    })
  }

  async get({ ids }: { readonly ids: readonly string[] }): Promise<readonly (StoredJob | null)[]> {
    return ids.map((id) => {
      const job = this.#state.jobs.get(id)
      return job?.home === undefined ? null : toFullJob(job, job.home)
    })
  }

  async list({ name, state, limit, cursor }: StoreInput<'list'>): Promise<StoredJobPage> {
    return pageOf(placesIn(this.#state, name, state), limit, cursor ?? null)
  }

  async counts({ names }: { readonly names?: readonly string[] }): Promise<readonly NameCounts[]> {
    const now = this.#clock.now()
    const known = [...this.#state.names].filter(([, state]) => !state.isEmpty).map(([name]) => name)
    const wanted = [...new Set(names ?? known)].sort()
    return wanted.map((name) =>
      (this.#state.names.get(name) ?? new NameState()).counts(
        name,
        now,
        this.#state.holdsClaims(name),
        this.#state.controls.get(name)?.limits,
      ),
    )
  }

  async audit(input: StoreInput<'audit'>): Promise<AuditPage> {
    return audit(this.#state, input)
  }

  #wakeOne(name: string): void {
    if (this.#waiters.wakeOne(name)) this.#untold.delete(name)
  }

  async workers(): Promise<readonly WorkerRecord[]> {
    const now = this.#clock.now()
    const alive = [...this.#workers.values()].filter(({ expiresAt }) => expiresAt > now)
    return alive.sort((a, b) => (a.worker < b.worker ? -1 : 1))
  }

  async subscribe(listener: (hint: StoreHint) => void, of?: { readonly job: string }): Promise<() => Promise<void>> {
    const end = this.#hints.subscribe(listener, of?.job)
    return async () => end()
  }
}
