import type { ClaimedJob, Lease, ReapedJob, Store, StoredJob } from '@goscheds/core'
import { asNew, clockDefect, currentLeases, type Defect, defect, jobsIn } from './defect.js'
import { askedDefects } from './asked-defects.js'
import { brokenPromotion } from './broken-promotion.js'
import { forgetfulInbox } from './forgetful-inbox.js'
import { limitDefects } from './limit-defects.js'
import { scheduleDefects } from './schedule-defects.js'

/** Whoever ends or extends a lease of a job gets what he wants, whatever his fence. */
function anyFence(store: Store): Partial<Store> {
  return {
    async settle({ entries }) {
      const leases = await currentLeases(
        store,
        entries.map(({ lease }) => lease),
      )
      return store.settle({
        entries: entries.map((entry, index) => ({ ...entry, lease: leases[index] ?? entry.lease })),
      })
    },
    extend: async (input) => store.extend({ ...input, leases: await currentLeases(store, input.leases) }),
  }
}

/** Takes the leases of those that are active from whoever holds them, and puts the jobs back. */
async function backToTheQueue(store: Store, jobs: readonly StoredJob[]): Promise<readonly Lease[]> {
  const leases = await currentLeases(
    store,
    jobs.map(({ id, name }) => ({ id, name, fence: { generation: 0, claim: 0 } })),
  )
  await store.settle({ entries: leases.map((lease) => ({ lease, settlement: { type: 'released', delayMs: 0 } })) })
  return leases
}

/** The negative controls: stores with one defect each. A simulation that finds nothing in one of them proves nothing. */
export const allDefects: readonly Defect[] = [
  defect('has no fence', 'G4', ({ store }) => anyFence(store)),
  defect('reaps in two steps, and does not look again in the second', 'G3', ({ store, clock }) => ({
    async reap(input) {
      const late = (await jobsIn(store, 'active')).filter(({ leaseUntil = 0 }) => leaseUntil <= clock.now)
      if (late.length > 0) await new Promise<void>((resolve) => clock.schedule(500, resolve))
      const result = await store.reap(input)
      const reaped = new Set(result.reaped.map(({ id }) => id))
      const stale = late.filter(({ id }) => !reaped.has(id))
      const leases = await backToTheQueue(store, stale)
      const others = leases.map((lease): ReapedJob => ({ ...lease, outcome: 'ready', recoveries: 1 }))
      return { ...result, reaped: [...result.reaped, ...others] }
    },
  })),
  clockDefect('reaps leases that are valid', 'G3', 'reap', () => 5_000),
  defect('promotes by reading and then writing', 'G3', ({ store, clock }) => ({
    async promote(input) {
      const due = (await jobsIn(store, 'scheduled')).filter(({ dueAt = Infinity }) => dueAt <= clock.now)
      if (due.length > 0) await new Promise<void>((resolve) => clock.schedule(200, resolve))
      const result = await store.promote(input)
      // Another Scheduler may have moved them meanwhile, and workers may have run them: they go to the queue once more.
      await backToTheQueue(store, due)
      await store.enqueue({ jobs: due.map(asNew) })
      return result
    },
  })),
  defect('sometimes forgets a retry', 'G1', ({ store, random }) => ({
    async settle({ entries }) {
      const outcomes = await Promise.all(
        entries.map(async ({ lease, settlement }) => {
          const isForgotten = settlement.type === 'retry' && random.chance(0.2)
          const given = isForgotten ? ({ type: 'cancelled', retentionMs: 0 } as const) : settlement
          const [outcome] = await store.settle({ entries: [{ lease, settlement: given }] })
          const state = settlement.type === 'retry' && settlement.delayMs > 0 ? 'scheduled' : 'ready'
          if (isForgotten && outcome?.status === 'settled') return { status: 'settled', state } as const
          return outcome ?? ({ status: 'lost' } as const)
        }),
      )
      return outcomes
    },
  })),
  clockDefect(
    'judges by the time of its client what is due',
    'G8',
    'promote',
    (host, clock) => host.runtime.now() - clock.now,
  ),
  clockDefect('promotes two seconds early', 'G8', 'promote', () => 2_000),
  brokenPromotion,
  forgetfulInbox,
  defect('sometimes hands out a job twice', 'G2', ({ store, random }) => {
    let last: ClaimedJob | undefined
    return {
      async claim(input) {
        const result = await store.claim(input)
        const again = last?.name === input.name && result.jobs.length < input.limit && random.chance(0.3) ? [last] : []
        last = result.jobs.at(-1) ?? last
        return { ...result, jobs: [...result.jobs, ...again] }
      },
    }
  }),
  defect('counts no claims', 'G6', ({ store }) => ({
    async claim(input) {
      const { jobs, more } = await store.claim(input)
      return { jobs: jobs.map((job) => ({ ...job, fence: { ...job.fence, claim: 1 } })), more }
    },
    ...anyFence(store),
  })),
  defect('acknowledges a push and sometimes drops it', 'G1', ({ store, random }) => ({
    async enqueue({ jobs }) {
      const isDropped = jobs.map(() => random.chance(0.05))
      const outcomes = await store.enqueue({ jobs: jobs.filter((_, index) => isDropped[index] !== true) })
      const rest = outcomes.values()
      return jobs.map(({ id }, index) => {
        if (isDropped[index] === true) return { status: 'added', id }
        return rest.next().value ?? { status: 'duplicate', id }
      })
    },
  })),
  defect('never ends a job that kills its process', 'G18', ({ store }) => ({
    reap: (input) => store.reap({ ...input, maxRecoveries: 1_000_000 }),
  })),
  defect('puts a completed job back when it reaps', 'G5', ({ store, random }) => ({
    async reap(input) {
      const [done] = await jobsIn(store, 'completed')
      if (done !== undefined && random.chance(0.3)) {
        await store.remove({ ids: [done.id] })
        await store.enqueue({ jobs: [asNew(done)] })
      }
      return store.reap(input)
    },
  })),
  defect('keeps the lease of a job that is released', 'G16', ({ store }) => ({
    async settle({ entries }) {
      const kept = entries.filter(({ settlement }) => settlement.type !== 'released')
      const rest = (await store.settle({ entries: kept })).values()
      return entries.map(({ settlement }) => {
        if (settlement.type === 'released') return { status: 'settled', state: 'ready' }
        return rest.next().value ?? { status: 'lost' }
      })
    },
  })),
  ...askedDefects,
  ...limitDefects,
  ...scheduleDefects,
]
