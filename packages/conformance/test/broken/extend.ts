import type { ExtendOutcome } from '@goscheds/core'
import { all, claiming, fault, type Fault } from './fault.js'

/** Stores that extend leases wrongly. */
export const extendFaults: readonly Fault[] = [
  fault(
    'says `held` and extends nothing',
    'extend/held extend/late extend/outcome-per-lease table/extend/ready',
    () => ({
      extend: async ({ leases }) => leases.map(() => 'held'),
    }),
  ),
  fault(
    'accepts a stale extension',
    'extend/after-settle extend/after-reap extend/unknown extend/stale',
    ({ store }) => ({
      extend: async (input) => (await store.extend(input)).map((outcome) => (outcome === 'lost' ? 'held' : outcome)),
    }),
  ),
  fault('adds the extension to the old deadline', 'extend/from-now get/active', ({ store, clock }) => ({
    async extend({ leases, leaseMs }) {
      const [job] = await store.get({ ids: [leases[0]?.id ?? ''] })
      const left = job?.leaseUntil === undefined ? 0 : job.leaseUntil - clock.now()
      return store.extend({ leases, leaseMs: leaseMs + left })
    },
  })),
  fault('takes a lease past its deadline for lost', 'extend/late', ({ store, clock }) => ({
    async extend({ leases, leaseMs }) {
      const jobs = await store.get({ ids: leases.map(({ id }) => id) })
      const late = jobs.map((job) => (job?.leaseUntil ?? 0) <= clock.now())
      const outcomes = await store.extend({ leases: leases.filter((_, index) => !late[index]), leaseMs })
      let next = 0
      return late.map((isLate) => (isLate ? 'lost' : (outcomes[next++] ?? 'lost')))
    },
  })),
  fault('stops at the first lost lease', 'extend/outcome-per-lease', ({ store }) => ({
    async extend({ leases, leaseMs }) {
      const outcomes: ExtendOutcome[] = []
      for (const lease of leases) {
        const [outcome = 'lost'] = outcomes.at(-1) === 'lost' ? [] : await store.extend({ leases: [lease], leaseMs })
        outcomes.push(outcome)
      }
      return outcomes
    },
  })),
  fault('swaps the outcomes of an extension', 'extend/outcome-per-lease extend/cancel-requested', ({ store }) => ({
    extend: async (input) => (await store.extend(input)).toReversed(),
  })),
  fault('extends every lease of the name', 'extend/only-those-named', ({ store }) => ({
    async extend(input) {
      const leases = (await all(store, 'active')).map(({ id, name, generation, claims }) => ({
        ...{ id, name },
        fence: { generation, claim: claims },
      }))
      await store.extend({ ...input, leases })
      return store.extend(input)
    },
  })),
  fault('counts an extension as an attempt', 'extend/counts-nothing', (sound) => {
    const extended = new Set<string>()
    return {
      ...claiming(sound, (job) => (extended.has(job.id) ? { ...job, attempts: job.attempts + 1 } : job)),
      async extend(input) {
        for (const { id } of input.leases) extended.add(id)
        return sound.store.extend(input)
      },
    }
  }),
  fault(
    'does not tell the worker of a cancel request',
    'extend/cancel-requested cancel/active scenario/cancelled-while-running',
    ({ store }) => ({
      extend: async (input) => (await store.extend(input)).map((outcome) => (outcome === 'lost' ? 'lost' : 'held')),
    }),
  ),
  fault('does not extend where a cancel is asked for', 'extend/cancel-requested', ({ store }) => ({
    async extend({ leases, leaseMs }) {
      const outcomes = await store.extend({ leases, leaseMs: 10_000 })
      const kept = leases.filter((_, index) => outcomes[index] === 'held')
      await store.extend({ leases: kept, leaseMs })
      return outcomes
    },
  })),
]
