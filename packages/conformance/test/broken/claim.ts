import type { ClaimedJob, Lease, Store } from '@goscheds/core'
import { all, claiming, fault, type Fault, type Sound, toTail } from './fault.js'

/** `extend` and `settle` that take leases for something else than they are. */
function takingLeases({ store }: Sound, change: (lease: Lease) => Promise<Lease>): Partial<Store> {
  return {
    extend: async ({ leases, leaseMs }) => store.extend({ leases: await Promise.all(leases.map(change)), leaseMs }),
    async settle({ entries }) {
      const changed = entries.map(async (entry) => ({ ...entry, lease: await change(entry.lease) }))
      return store.settle({ entries: await Promise.all(changed) })
    },
  }
}

/** Stores that hand jobs out wrongly. */
export const claimFaults: readonly Fault[] = [
  fault('always says that there is more', 'claim/nothing', ({ store }) => ({
    claim: async (input) => ({ ...(await store.claim(input)), more: true }),
  })),
  fault('counts the claim itself as an attempt', 'claim/what-is-handed-out settle/released', (sound) =>
    claiming(sound, (job) => ({ ...job, attempts: job.attempts + 1 })),
  ),
  fault('claims over the limit', 'claim/limit', ({ store }) => ({
    claim: (input) => store.claim({ ...input, limit: input.limit + 1 }),
  })),
  fault(
    'hands the same job to two claims',
    'claim/once set-aside/exactly-once scenario/every-job-once scenario/two-workers',
    handingOutTwice,
  ),
  fault(
    'reads the queue before it takes from it',
    'claim/concurrently claim/concurrently-over-handles',
    ({ store }) => ({
      async claim(input) {
        const { jobs } = await store.list({ name: input.name, state: 'ready', limit: input.limit })
        const taken = await store.claim(input)
        const seen = jobs.map((job) => ({
          ...job,
          fence: { generation: job.generation, claim: job.claims + 1 },
          claimedAt: job.executeAt,
        }))
        return seen.length > 0 ? { ...taken, jobs: seen } : taken
      },
    }),
  ),
  fault('hands a batch out backwards', 'claim/fifo claim/limit enqueue/order-given', ({ store }) => ({
    async claim(input) {
      const { jobs, ...rest } = await store.claim(input)
      return { jobs: jobs.toReversed(), ...rest }
    },
  })),
  fault('hands out the newest first', 'claim/fifo-one-by-one claim/limit', ({ store }) => ({
    async claim(input) {
      const ready = await all(store, 'ready')
      await toTail(store, ready.slice(0, -input.limit))
      return store.claim(input)
    },
  })),
  fault(
    'forgets attempts and recoveries',
    'claim/attempts-and-recoveries settle/attempts-add-up reap/recoveries-add-up',
    (sound) => claiming(sound, (job) => ({ ...job, attempts: 0, recoveries: 0 })),
  ),
  fault('gives every lease thirty seconds', 'claim/lease-of-its-own reap/earliest-first list/active', ({ store }) => ({
    claim: (input) => store.claim({ ...input, leaseMs: 30_000 }),
  })),
  fault('gives up after 500 cancelled jobs', 'claim/past-cancelled', ({ store }) => {
    let gone = 0
    return {
      async cancel(input) {
        gone += input.ids.length
        return store.cancel(input)
      },
      claim: async (input) => (gone > 500 ? { jobs: [], more: false } : store.claim(input)),
    }
  }),
  fault(
    'fails the claim for a damaged record',
    'claim/damaged-record claim/damaged-record-ends claim/damaged-record-removed scenario/damaged-record',
    (sound) =>
      claiming(sound, (job) => {
        if (job.damage !== undefined) throw new Error('unexpected end of input')
        return job
      }),
  ),
  fault('passes damaged records over', 'claim/damaged-record claim/damaged-record-ends', ({ store }) => ({
    async claim(input) {
      const { jobs, ...rest } = await store.claim(input)
      return { jobs: jobs.filter(({ damage }) => damage === undefined), ...rest }
    },
  })),
  fault('cannot show a damaged record', 'get/damaged-record claim/damaged-record-removed', ({ store, damaged }) => ({
    async get(input) {
      if (input.ids.some((id) => damaged.has(id))) throw new Error('unexpected end of input')
      return store.get(input)
    },
  })),
  fault('cannot settle a damaged record', 'claim/damaged-record-ends', ({ store, damaged }) => ({
    async settle({ entries }) {
      if (entries.some(({ lease }) => damaged.has(lease.id))) throw new Error('unexpected end of input')
      return store.settle({ entries })
    },
  })),
  fault('never grows the claim number', 'fence/claim-number reap/back-to-the-queue redrive/counters', (sound) =>
    claiming(sound, (job) => ({ ...job, fence: { ...job.fence, claim: 1 } })),
  ),
  fault('draws the same generation for every job', 'fence/generations-differ fence/reused-id', (sound) =>
    claiming(sound, (job) => ({ ...job, fence: { ...job.fence, generation: 1 } })),
  ),
  fault('does not compare generations', 'fence/first-life fence/exact fence/after-removal', (sound) =>
    takingLeases(sound, async (lease) => {
      const [job] = await sound.store.get({ ids: [lease.id] })
      return { ...lease, fence: { ...lease.fence, generation: job?.generation ?? 0 } }
    }),
  ),
  fault(
    'does not compare claim numbers',
    `fence/exact extend/stale settle/lost-to-another table/extend-old/active redrive/old-lease
     table/settle-old/active`,
    (sound) =>
      takingLeases(sound, async (lease) => {
        const [job] = await sound.store.get({ ids: [lease.id] })
        return { ...lease, fence: { ...lease.fence, claim: job?.claims ?? 0 } }
      }),
  ),
  fault('claims what is not due', 'table/claim/scheduled enqueue/scheduled', ({ store }) => ({
    async claim(input) {
      await toTail(store, await all(store, 'scheduled'))
      return store.claim(input)
    },
  })),
]

/** Each claim hands out once more what the one before it did. */
export function handingOutTwice({ store }: Sound): Partial<Store> {
  let last: readonly ClaimedJob[] = []
  return {
    async claim(input) {
      const { jobs, ...rest } = await store.claim(input)
      const again = last.slice(0, input.limit - jobs.length)
      last = jobs
      return { jobs: [...jobs, ...again], ...rest }
    },
  }
}
