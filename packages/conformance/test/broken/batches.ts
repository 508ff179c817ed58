import type { Store } from '@goscheds/core'
import { fault, type Fault } from './fault.js'

const MOST = 1_000

/** Stores whose batches have an end that nobody told the caller of. */
export const batchFaults: readonly Fault[] = [
  cut('enqueue', 'enqueue/many promote/many extend/many', (store) => ({
    enqueue: async ({ jobs }) =>
      padded(jobs, await store.enqueue({ jobs: jobs.slice(0, MOST) }), ({ id }) => ({ status: 'added', id })),
  })),
  cut('claim', 'claim/many settle/many reap/many', (store) => ({
    async claim(input) {
      const { jobs, ...rest } = await store.claim(input)
      return { jobs: jobs.slice(0, MOST), ...rest }
    },
  })),
  cut('extend', 'extend/many', (store) => ({
    extend: async ({ leases, leaseMs }) =>
      padded(leases, await store.extend({ leases: leases.slice(0, MOST), leaseMs }), () => 'held'),
  })),
  cut('settle', 'settle/many', (store) => ({
    settle: async ({ entries }) =>
      padded(entries, await store.settle({ entries: entries.slice(0, MOST) }), () => ({
        status: 'settled',
        state: 'ready',
      })),
  })),
  cut('reap', 'reap/many', (store) => ({
    async reap(input) {
      const { reaped, ...rest } = await store.reap({ ...input, limit: 100_000 })
      return { reaped: reaped.slice(0, MOST), ...rest }
    },
  })),
  cut('promote', 'promote/many', (store) => ({
    async promote() {
      const { promoted, nextDueInMs } = await store.promote({ limit: 100_000 })
      return { promoted: Math.min(promoted, MOST), nextDueInMs }
    },
  })),
  cut('cancel', 'cancel/many', (store) => ({
    cancel: async ({ ids }) =>
      padded(ids, await store.cancel({ ids: ids.slice(0, MOST) }), () => ({ status: 'cancelled' })),
  })),
  cut('reschedule', 'reschedule/many', (store) => ({
    reschedule: async ({ entries }) =>
      padded(entries, await store.reschedule({ entries: entries.slice(0, MOST) }), () => ({
        status: 'rescheduled',
        state: 'scheduled',
      })),
  })),
  cut('remove', 'remove/many', (store) => ({
    remove: async ({ ids }) =>
      padded(ids, await store.remove({ ids: ids.slice(0, MOST) }), () => ({ status: 'removed', state: 'ready' })),
  })),
  cut('redrive', 'redrive/many', (store) => ({
    redrive: async ({ ids }) =>
      padded(ids, await store.redrive({ ids: ids.slice(0, MOST) }), () => ({ status: 'redriven' })),
  })),
  cut('get', 'get/many', (store) => ({
    get: async ({ ids }) => padded(ids, await store.get({ ids: ids.slice(0, MOST) }), () => null),
  })),
]

function cut(method: keyof Store, caughtBy: string, methods: (store: Store) => Partial<Store>): Fault {
  return fault(`${method} forgets what is beyond the first ${MOST}`, caughtBy, ({ store }) => methods(store))
}

/** An outcome for each input: those there are, then made up ones. */
function padded<I, O>(inputs: readonly I[], outcomes: readonly O[], madeUp: (input: I) => O): O[] {
  return inputs.map((input, index) => outcomes[index] ?? madeUp(input))
}
