import assert from 'node:assert/strict'
import type { ClaimedJob, Lease, NewJob, ReapedJob, Settlement, SettleOutcome, Store, StoredJob } from '@goscheds/core'

/** The length of a lease unless a case says otherwise. */
export const LEASE_MS = 30_000

/** How to claim, where it differs from the usual. */
export interface ClaimOptions {
  readonly name?: string
  readonly worker?: string
  readonly limit?: number
  readonly leaseMs?: number
}

/** Enqueues the jobs in one call and expects each to be added. */
export async function enqueue(store: Store, jobs: readonly NewJob[]): Promise<void> {
  const outcomes = await store.enqueue({ jobs })
  assert.deepEqual(
    outcomes,
    jobs.map(({ id }) => ({ status: 'added', id })),
  )
}

/** Claims until the limit is reached or the store says that there is nothing more. */
export async function claim(store: Store, options: ClaimOptions = {}): Promise<ClaimedJob[]> {
  const { name = 'email', worker = 'worker-a', limit = 100, leaseMs = LEASE_MS } = options
  const jobs: ClaimedJob[] = []
  let calls = 0
  for (let more = true; more && jobs.length < limit;) {
    assert.ok((calls += 1) < 10_000, 'claim says "more" for ever')
    const result = await store.claim({ name, worker, limit: limit - jobs.length, leaseMs })
    jobs.push(...result.jobs)
    more = result.more || result.jobs.length > 0
  }
  return jobs
}

/** Claims one job and expects to get one. */
export async function claimOne(store: Store, options: ClaimOptions = {}): Promise<ClaimedJob> {
  return only(await claim(store, { ...options, limit: 1 }))
}

/** Enqueues a job that is due, or brings the one given, and claims it. */
export async function claimNew(store: Store, job: NewJob, options: ClaimOptions = {}): Promise<ClaimedJob> {
  await enqueue(store, [job])
  const claimed = await claimOne(store, { name: job.name, ...options })
  assert.equal(claimed.id, job.id, 'another job was claimed than the only one there is')
  return claimed
}

/** Settles one lease. */
export async function settle(store: Store, job: Lease, settlement: Settlement): Promise<SettleOutcome> {
  return only(await store.settle({ entries: [{ lease: leaseOf(job), settlement }] }))
}

/** Settles one lease and expects it to be current. */
export async function finish(store: Store, job: Lease, settlement: Settlement): Promise<void> {
  const outcome = await settle(store, job, settlement)
  assert.equal(outcome.status, 'settled', `the current lease of ${job.id} should settle`)
}

/** Promotes, batch after batch, until a batch is not full; returns how many were promoted. */
export async function promote(store: Store, limit = 1_000): Promise<number> {
  for (let total = 0, calls = 0; ; calls += 1) {
    assert.ok(calls < 10_000, 'promote moves jobs for ever')
    const { promoted } = await store.promote({ limit })
    total += promoted
    if (promoted < limit) return total
  }
}

/** Reaps, batch after batch, until a batch is not full; returns what was reaped, in order. */
export async function reap(store: Store, maxRecoveries = 3, limit = 1_000): Promise<ReapedJob[]> {
  const all: ReapedJob[] = []
  for (let calls = 0; ; calls += 1) {
    assert.ok(calls < 10_000, 'reap reaps for ever')
    const { reaped } = await store.reap({ limit, maxRecoveries })
    all.push(...reaped)
    if (reaped.length < limit) return all
  }
}

/** Prunes, batch after batch, until a batch is not full. */
export async function prune(store: Store, maxDeadPerName = 10_000, limit = 1_000): Promise<number> {
  for (let total = 0, calls = 0; ; calls += 1) {
    assert.ok(calls < 10_000, 'prune prunes for ever')
    const { pruned } = await store.prune({ limit, maxDeadPerName })
    total += pruned
    if (pruned < limit) return total
  }
}

/** The job as `get` shows it; it is expected to be there. */
export async function look(store: Store, id: string): Promise<StoredJob> {
  const job = only(await store.get({ ids: [id] }))
  assert.ok(job !== null, `${id} is not there`)
  return job
}

/** Whether an id is held, by the only means that the core methods have: enqueuing it again. Changes the store. */
export async function isHeld(store: Store, id: string): Promise<boolean> {
  const [outcome] = await store.enqueue({
    jobs: [{ id, name: 'probe', payload: '', options: '', retention: { completedMs: 0, deadMs: 0 } }],
  })
  return outcome?.status === 'duplicate'
}

/** The lease of a claimed job, and nothing else of it. */
export function leaseOf({ id, name, fence }: Lease): Lease {
  return { id, name, fence }
}

/** The ids, in order. */
export function idsOf(jobs: readonly { readonly id: string }[]): string[] {
  return jobs.map(({ id }) => id)
}

/** The one element that there is expected to be. */
export function only<T>(list: readonly T[]): T {
  assert.equal(list.length, 1, `expected one, got ${list.length}`)
  return list[0] as T
}
