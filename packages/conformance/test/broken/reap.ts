import type { ReapedJob, ReapResult, Store } from '@goscheds/core'
import { all, claiming, fault, type Fault, showing, type Sound, toTail } from './fault.js'

function reaping({ store }: Sound, change: (result: ReapResult) => ReapResult | Promise<ReapResult>): Partial<Store> {
  return { reap: async (input) => change(await store.reap(input)) }
}

/** Stores that reap wrongly. */
export const reapFaults: readonly Fault[] = [
  fault(
    'says that it gave something back when it did not',
    'reap/nothing set-aside/comes-back-once reap/back-to-the-queue',
    (sound) => reaping(sound, ({ reaped, ...rest }) => ({ reaped, ...rest, returned: rest.returned + 1 })),
  ),
  fault('says that a job has expired that has not', 'reap/nothing reap/back-to-the-queue', (sound) =>
    reaping(sound, ({ expired, ...rest }) => ({ ...rest, expired: [...expired, { id: 'mail-1', name: 'email' }] })),
  ),
  fault(
    'never finds a lease that has run out',
    'reap/back-to-the-queue reap/every-name reap/too-many-recoveries wait/reap table/reap-lease-run-out/active',
    () => ({
      reap: async () => ({ reaped: [], returned: 0, expired: [] }),
    }),
  ),
  fault(
    'reaps before the deadline',
    'reap/deadline-exactly-now reap/valid-lease extend/held table/reap-lease-valid/active',
    ({ store }) => ({
      claim: (input) => store.claim({ ...input, leaseMs: input.leaseMs - 15_000 }),
      extend: (input) => store.extend({ ...input, leaseMs: input.leaseMs - 15_000 }),
    }),
  ),
  fault('reaps one millisecond after the deadline', 'reap/deadline-exactly-now extend/from-now', ({ store }) => ({
    claim: (input) => store.claim({ ...input, leaseMs: input.leaseMs + 1 }),
    extend: (input) => store.extend({ ...input, leaseMs: input.leaseMs + 1 }),
  })),
  fault(
    'loses a job that it reaps',
    'reap/back-to-the-queue reap/repeated reap/many scenario/crashed-worker',
    ({ store }) => ({
      async reap(input) {
        const result = await store.reap(input)
        await store.remove({ ids: result.reaped.map(({ id }) => id) })
        return result
      },
    }),
  ),
  fault('puts a reaped job to the head', 'reap/to-the-tail', ({ store }) => ({
    async reap(input) {
      const before = await all(store, 'ready')
      const result = await store.reap(input)
      await toTail(store, before)
      return result
    },
  })),
  fault('reaps the latest deadline first', 'reap/earliest-first', (sound) =>
    reaping(sound, ({ reaped, ...rest }) => ({ reaped: reaped.toReversed(), ...rest })),
  ),
  fault('reaps over the limit', 'reap/limit', ({ store }) => ({
    reap: (input) => store.reap({ ...input, limit: 1_000 }),
  })),
  fault('reaps one name at a time', 'reap/every-name', ({ store }) => ({
    reap: (input) => store.reap({ ...input, limit: 1 }),
  })),
  fault(
    'forgets to count recoveries',
    'reap/recoveries-add-up reap/back-to-the-queue get/claims-and-recoveries',
    (sound) => ({
      ...reaping(sound, ({ reaped, ...rest }) => ({
        reaped: reaped.map((job) => ({ ...job, recoveries: 1 })),
        ...rest,
      })),
      ...claiming(sound, (job) => ({ ...job, recoveries: 0 })),
      ...showing(sound, (job) => ({ ...job, recoveries: 0 })),
    }),
  ),
  fault(
    'counts a recovery as an attempt',
    'reap/recoveries-add-up reap/back-to-the-queue settle/lost-after-reap',
    (sound) => claiming(sound, (job) => ({ ...job, attempts: job.attempts + job.recoveries })),
  ),
  fault(
    'ignores maxRecoveries',
    'reap/too-many-recoveries reap/no-recoveries reap/dead-reason scenario/killer-job',
    ({ store }) => ({
      reap: (input) => store.reap({ ...input, maxRecoveries: 1_000 }),
    }),
  ),
  fault('ends a job at maxRecoveries, not above', 'reap/too-many-recoveries', ({ store }) => ({
    reap: (input) => store.reap({ ...input, maxRecoveries: input.maxRecoveries - 1 }),
  })),
  fault(
    'takes a maxRecoveries of 0 for none given',
    'reap/no-recoveries reap/dead-reason table/reap-recoveries-spent/active',
    ({ store }) => ({
      reap: (input) => store.reap({ ...input, maxRecoveries: input.maxRecoveries || 3 }),
    }),
  ),
  fault('keeps nothing that the reaper ends', 'reap/retention reap/dead-reason prune/by-the-reaper', ({ store }) => ({
    async reap(input) {
      const result = await store.reap(input)
      await store.remove({ ids: result.reaped.filter(({ outcome }) => outcome === 'dead').map(({ id }) => id) })
      return result
    },
  })),
  fault('reports what it has reaped before', 'reap/repeated reap/limit', (sound) => {
    let last: readonly ReapedJob[] = []
    return reaping(sound, ({ reaped, ...rest }) => {
      const again = [...last, ...reaped]
      last = reaped
      return { reaped: again, ...rest }
    })
  }),
  fault('reads what has run out before it reaps', 'reap/concurrently', ({ store, clock }) => ({
    async reap(input) {
      const late = (await all(store, 'active')).filter(({ leaseUntil = 0 }) => leaseUntil <= clock.now())
      const result = await store.reap(input)
      const reaped = late.slice(0, input.limit).map(({ id, name, generation, claims, recoveries }): ReapedJob => ({
        ...{ id, name, fence: { generation, claim: claims } },
        ...{ outcome: 'ready', recoveries: recoveries + 1 },
      }))
      return { ...result, reaped }
    },
  })),
  fault('says `attempts` where the recoveries were spent', 'reap/dead-reason', (sound) =>
    showing(sound, (job) => (job.deadReason === 'recoveries' ? { ...job, deadReason: 'attempts' } : job)),
  ),
]
