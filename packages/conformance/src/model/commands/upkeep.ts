import type { ReapedJob, Store, StoredJob } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'

const MOST_CALLS = 1_000
const DAY_MS = 86_400_000
/** Above the number of jobs in a sequence. */
const UNREACHED = 100

/**
 * Which names come first is the store's choice. So where it matters the limit is one of a batch, not of all; and where
 * it decides what of a name has expired when its leases end, the limit is not reached.
 */
export const reap: fc.Arbitrary<ModelCommand> = fc
  .record({ limit: pools.limit, maxRecoveries: fc.constantFrom(0, 0, 1, 1, 3) })
  .map(({ limit, maxRecoveries }) =>
    modelCommand('reap', async (comparison) => {
      const { now } = comparison
      const jobs = await comparison.jobs()
      const late = jobs.filter(({ state, leaseUntil = now }) => state === 'active' && leaseUntil <= now)
      const expired = jobs.filter((job) => mayExpire(job) && (job.expiresAt ?? now) <= now)
      const isOfOneName = new Set(late.map(({ name }) => name)).size <= 1
      if (!isOfOneName && expired.length > 0) await reapAll(comparison, UNREACHED, maxRecoveries)
      else {
        const isOnce = isOfOneName && (late.length > limit || expired.length > limit)
        await reapAll(comparison, limit, maxRecoveries, isOnce)
      }
    }),
  )

/** Reaps batch after batch, or one batch, and compares what was reaped of each name, and what expired, in order. */
export async function reapAll(
  comparison: Comparison,
  limit: number,
  maxRecoveries: number,
  isOnce = false,
): Promise<void> {
  const returned = { model: 0, store: 0 }
  await comparison.both(
    () => `reap ${isOnce ? 'up to' : 'in batches of'} ${limit}, ${maxRecoveries} recoveries`,
    async (store, side) => {
      const [reaped, expired]: [ReapedJob[], { readonly id: string; readonly name: string }[]] = [[], []]
      let isWithinLimit = true
      await repeatedly('reap', async () => {
        const batch = await store.reap({ limit, maxRecoveries })
        reaped.push(...batch.reaped)
        expired.push(...batch.expired)
        returned[side] += batch.returned
        const most = Math.max(batch.reaped.length, batch.expired.length)
        isWithinLimit &&= most <= limit
        return most < limit || isOnce
      })
      return { reaped: byName(reaped), expired, isWithinLimit }
    },
  )
  const { aside } = comparison
  comparison.expect(
    Number.isInteger(returned.store) && returned.store >= 0 && returned.store <= aside.maySoonReturn,
    `it says that it gave ${returned.store} back, where it can have set aside ${aside.maySoonReturn}`,
  )
  aside.maySoonReturn -= returned.store
  aside.reaped(comparison.now)
}

/** The limit is soft, and what goes first is the store's choice, so it is called until nothing is left to prune. */
export const prune: fc.Arbitrary<ModelCommand> = fc
  .record({ limit: pools.limit, keep: fc.constantFrom(0, 1, 'one fewer' as const, 'one fewer' as const, 10_000) })
  .map(({ limit, keep }) =>
    modelCommand('prune', async (comparison) => {
      const dead = byName(await comparison.jobsIn('dead'))
      const most = Math.max(...Object.values(dead).map(({ length }) => length), 1)
      await pruneAll(comparison, limit, keep === 'one fewer' ? most - 1 : keep)
    }),
  )

/** Prunes batch after batch and compares how much went. */
export async function pruneAll(comparison: Comparison, limit: number, maxDeadPerName: number): Promise<void> {
  await comparison.both(
    () => `prune in batches of ${limit}, ${maxDeadPerName} dead of each name stay`,
    async (store) => {
      let total = 0
      await repeatedly('prune', async () => {
        const { pruned } = await store.prune({ limit, maxDeadPerName })
        total += pruned
        return pruned < limit
      })
      return { pruned: total }
    },
  )
}

/** To the next instant at which a job or a schedule is due, or a lease, a job or the hold of a key runs out, the millisecond before, or by a span. */
export const advance: fc.Arbitrary<ModelCommand> = fc
  .oneof(
    { weight: 5, arbitrary: fc.constant({ to: 'the next instant', ms: 0 }) },
    { weight: 1, arbitrary: fc.constant({ to: 'just before', ms: -1 }) },
    {
      weight: 5,
      arbitrary: fc.record({ to: fc.constant('by'), ms: fc.constantFrom(1, 1_000, 5_000, 30_000, 60_000) }),
    },
    { weight: 1, arbitrary: fc.record({ to: fc.constant('by'), ms: fc.constantFrom(3_600_000, DAY_MS) }) },
  )
  .map(({ to, ms }) =>
    modelCommand('advance', async (comparison) => {
      const next = to === 'by' ? 0 : await untilNext(comparison)
      await comparison.advance(Math.max(1, next + ms))
    }),
  )

/** Heartbeats with lanes of any kind, for longer and shorter. */
export const heartbeat: fc.Arbitrary<ModelCommand> = fc
  .record({
    worker: pools.worker,
    lanes: fc.array(fc.record({ name: pools.name, active: fc.nat({ max: 3 }), concurrency: fc.constantFrom(1, 10) }), {
      maxLength: 2,
    }),
    ttlMs: fc.constantFrom(1_000, 5_000, 60_000),
  })
  .map(({ ttlMs, ...report }) =>
    modelCommand('heartbeat', async (comparison) => {
      await comparison.both(
        () => `heartbeat for ${ttlMs} ms ${JSON.stringify(report)}`,
        (store) => store.heartbeat({ report, ttlMs }),
      )
    }),
  )

/** Signs a worker off, whether it reported or not. */
export const leave: fc.Arbitrary<ModelCommand> = pools.worker.map((worker) =>
  modelCommand('leave', (comparison) => signOff(comparison, worker)),
)

/** What had been set aside for the worker goes back. */
export async function signOff(comparison: Comparison, worker: string): Promise<void> {
  await comparison.both(
    () => `leave ${worker}`,
    (store: Store) => store.leave({ worker }),
  )
  comparison.aside.left(worker)
}

async function repeatedly(what: string, isDone: () => Promise<boolean>): Promise<void> {
  for (let calls = 0; calls < MOST_CALLS; calls += 1) if (await isDone()) return
  throw new Error(`${what} had more to do ${MOST_CALLS} times`)
}

function byName<T extends { readonly name: string }>(jobs: readonly T[]): Record<string, T[]> {
  const groups: Record<string, T[]> = {}
  for (const job of jobs) (groups[job.name] ??= []).push(job)
  return groups
}

/** Whether the job waits and no worker has claimed it. */
function mayExpire({ state, claims, expiresAt }: StoredJob): boolean {
  return (state === 'scheduled' || state === 'ready') && claims === 0 && expiresAt !== undefined
}

async function untilNext(comparison: Comparison): Promise<number> {
  const { now } = comparison
  const instants = (await comparison.jobs()).flatMap((job) => [
    job.dueAt ?? job.leaseUntil ?? now,
    ...(mayExpire(job) ? [job.expiresAt ?? now] : []),
    ...(typeof job.unique?.until === 'object' ? [job.enqueuedAt + job.unique.until.ttlMs] : []),
  ])
  const fires = (await comparison.everySchedule()).flatMap(({ next }) => next?.dueAt ?? [])
  const next = Math.min(
    ...[...instants, ...fires, ...comparison.heldUntil.values()].filter((at) => at > now && at < now + DAY_MS),
  )
  return next === Infinity ? 1_000 : next - now
}
