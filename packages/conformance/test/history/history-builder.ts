import type { ClaimedJob, NameLimits, NewJob, ReapedJob, ReportEntry, Settlement, StoredJob } from '@goscheds/core'
import {
  checkHistory,
  type CheckOptions,
  type History,
  type HistoryEvent,
  type HistoryHeader,
  type ProcessEvent,
  type RecordedInput,
  type RecordedMethod,
  type RecordedOutput,
} from '../../src/history/index.js'

/** The length of every lease. */
export const LEASE_MS = 10_000

const kept = { completedMs: 3_600_000, deadMs: 3_600_000 }
const fenceOf = (claim = 1, generation = 1): ClaimedJob['fence'] => ({ generation, claim })

/** Writes a history by hand, in the order in which things are seen; time moves by `wait` only, and begins at 0. */
export class HistoryBuilder {
  readonly header: HistoryHeader
  readonly events: HistoryEvent[] = []
  #now = 0
  #calls = 0

  constructor(header: Partial<HistoryHeader> = {}) {
    this.header = { store: 'memory', setsAside: false, ...header }
  }

  get now(): number {
    return this.#now
  }

  wait(ms: number): this {
    this.#now += ms
    return this
  }

  add(event: object, process = 'w'): this {
    this.events.push({ seq: this.events.length, at: this.#now, process, ...event } as HistoryEvent)
    return this
  }

  /** Begins a call; the number is for its end. */
  begin<M extends RecordedMethod>(method: M, input: RecordedInput<M>, process = 'w'): number {
    this.add({ type: 'invoke', call: this.#calls, method, input }, process)
    return this.#calls++
  }

  answer(call: number, output: unknown): this {
    return this.add({ type: 'ok', call, output })
  }

  /** The reply got lost. */
  lose(call: number): this {
    return this.add({ type: 'unknown', call, error: 'connection lost' })
  }

  /** A call that is answered at once, by the process `w` unless it is told. */
  call<M extends RecordedMethod>(method: M, input: RecordedInput<M>, output: RecordedOutput<M>, process = 'w'): this {
    const call = this.begin(method, input, process)
    return this.add({ type: 'ok', call, output }, process)
  }

  lost<M extends RecordedMethod>(method: M, input: RecordedInput<M>): this {
    return this.lose(this.begin(method, input))
  }

  /** A push that is answered, as `added` unless it is told. */
  push(job: Partial<NewJob> = {}, status: 'added' | 'duplicate' = 'added'): this {
    const pushed = aPush(job)
    return this.call('enqueue', { jobs: [pushed] }, [{ status, id: pushed.id }], 'p')
  }

  /** A claim that hands out one job. */
  claim(job: ClaimOf = {}, process = 'w'): this {
    return this.call('claim', claimInput(process), { jobs: [this.claimed(job)], more: false }, process)
  }

  claimed({ claim, generation, ...job }: ClaimOf = {}): ClaimedJob {
    const { id, name, payload, options } = aPush(job)
    const times = { executeAt: 0, enqueuedAt: 0, claimedAt: this.#now }
    return {
      ...{ id, name, payload, options, fence: fenceOf(claim, generation), ...times, attempts: 0, recoveries: 0 },
      ...job,
    }
  }

  extend(claim = 1, outcome: 'held' | 'lost' = 'held'): this {
    return this.call('extend', { leases: [lease(claim)], leaseMs: LEASE_MS }, [outcome])
  }

  settle(claim: number, settlement: Settlement, state: 'lost' | Exclude<StoredJob['state'], 'active'>): this {
    const outcome = state === 'lost' ? ({ status: 'lost' } as const) : ({ status: 'settled', state } as const)
    return this.call('settle', { entries: [{ lease: lease(claim), settlement }] }, [outcome])
  }

  reap(claim: number, job: Partial<ReapedJob> = {}): this {
    const reaped = { ...lease(claim), outcome: 'ready', recoveries: 1, ...job } as const
    return this.call('reap', { limit: 10, maxRecoveries: 3 }, { reaped: [reaped], returned: 0, expired: [] }, 's')
  }

  /** A reap that ends no lease, and these as expired. */
  expire(ids: readonly string[], limit = 10): this {
    const expired = ids.map((id) => ({ id, name: 'email' }))
    return this.call('reap', { limit, maxRecoveries: 3 }, { reaped: [], returned: 0, expired }, 's')
  }

  report(claim: number, said: Omit<ReportEntry, 'lease'>, outcome: 'reported' | 'lost' = 'reported'): this {
    return this.call('report', { entries: [{ lease: lease(claim), ...said }] }, [outcome])
  }

  /** Of the namespace, or of these names. */
  setPaused(paused: boolean, names?: readonly string[]): this {
    return this.call('setPaused', { paused, ...(names !== undefined && { names }) }, undefined, 'o')
  }

  setLimits(limits: NameLimits | null, name = 'email'): this {
    return this.call('setLimits', { name, limits }, undefined, 'o')
  }

  /** Everything that the store has; the counts are those of the jobs. */
  snapshot(jobs: readonly Partial<StoredJob>[], drained = false): this {
    const stored = jobs.map((job) => this.stored(job))
    const count = (state: string): number => stored.filter((job) => job.state === state).length
    const counts = {
      ...{ name: 'email', scheduled: count('scheduled'), ready: count('ready'), active: count('active') },
      ...{ completed: count('completed'), dead: count('dead'), cancelled: count('cancelled'), oldestReadyMs: null },
      paused: false,
      groups: 0,
    }
    return this.add({ type: 'snapshot', jobs: stored, counts: [counts], drained }, 'o')
  }

  stored(job: Partial<StoredJob> = {}): StoredJob {
    const { id, name, payload, options } = aPush()
    const times = { executeAt: 0, enqueuedAt: 0, generation: 1, claims: 0, attempts: 0, recoveries: 0 }
    return { id, name, payload, options, state: 'ready', ...times, ...job }
  }

  start(claim = 1, more: object = {}, process = 'w'): this {
    return this.add({ type: 'start', lease: lease(claim), attempt: 1, maxAttempts: 3, executeAt: 0, ...more }, process)
  }

  end(claim = 1, id = 'a', process = 'w'): this {
    return this.add({ type: 'end', id, fence: fenceOf(claim), outcome: 'returned' }, process)
  }

  process(what: ProcessEvent['what'], more: object = {}, process = 'w'): this {
    return this.add({ type: 'process', what, ...more }, process)
  }

  history(): History {
    return { header: this.header, events: this.events }
  }

  /** The guarantees that are broken, each with the job and the places of its trace. */
  broken(options?: CheckOptions): string[] {
    return checkHistory(this.history(), options).map(
      ({ guarantee, id, trace }) => `${guarantee} ${id ?? '-'} ${trace.map(({ seq }) => seq).join(' ')}`,
    )
  }
}

type ClaimOf = Partial<ClaimedJob> & { readonly claim?: number; readonly generation?: number }

/** A job of the id `a` and the name `email` that is due at once and kept for an hour. */
export function aPush(job: Partial<NewJob> = {}): NewJob {
  return { id: 'a', name: 'email', payload: '{}', options: '', retention: kept, ...job }
}

/** What a claim asks for. */
export function claimInput(worker = 'w', name = 'email'): RecordedInput<'claim'> {
  return { name, worker, limit: 10, leaseMs: LEASE_MS }
}

/** The lease of a claim of job `a`. */
export function lease(claim = 1, id = 'a'): { id: string; name: string; fence: ClaimedJob['fence'] } {
  return { id, name: 'email', fence: fenceOf(claim) }
}

/** Done, and kept for an hour. */
export const completed = { type: 'completed', retentionMs: 3_600_000 } as const satisfies Settlement

/** Failed, and to be run again at once. */
export const retry = { type: 'retry', delayMs: 0, error: '{}' } as const satisfies Settlement
