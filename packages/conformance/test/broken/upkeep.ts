import type { StoreHint } from '@goscheds/core'
import { all, fault, type Fault } from './fault.js'

const finishedStates = ['completed', 'dead', 'cancelled'] as const

/** Stores that prune wrongly, lose track of their workers, or keep changes to themselves. */
export const upkeepFaults: readonly Fault[] = [
  fault(
    'never prunes',
    'prune/at-its-time prune/exactly prune/newest-dead prune/batches prune/id-free-again prune/by-the-reaper prune/repeated cancel/retention table/prune-retention-passed/dead table/prune-beyond-max-dead/dead',
    () => ({
      prune: async () => ({ pruned: 0 }),
    }),
  ),
  fault(
    'prunes before the time',
    'prune/at-its-time prune/exactly prune/second-life table/prune-retention-not-passed/completed',
    ({ store }) => ({
      async prune() {
        let pruned = 0
        for (const state of finishedStates) {
          const outcomes = await store.remove({ ids: (await all(store, state)).map(({ id }) => id) })
          pruned += outcomes.length
        }
        return { pruned }
      },
    }),
  ),
  fault('prunes jobs that are still live', 'prune/live-jobs redrive/not-pruned', ({ store, clock }) => ({
    async prune(input) {
      const { pruned } = await store.prune(input)
      const old = (await all(store, 'ready')).filter(({ enqueuedAt }) => enqueuedAt < clock.now() - 3_600_000)
      await store.remove({ ids: old.map(({ id }) => id) })
      return { pruned: pruned + old.length }
    },
  })),
  fault('keeps the oldest dead jobs, not the newest', 'prune/newest-dead', ({ store }) => ({
    async prune({ limit, maxDeadPerName }) {
      const { pruned } = await store.prune({ limit, maxDeadPerName: Infinity })
      const ids = []
      for (const { name } of await store.counts({})) {
        const { jobs } = await store.list({ name, state: 'dead', limit: 1_000 })
        ids.push(...jobs.slice(maxDeadPerName).map(({ id }) => id))
      }
      await store.remove({ ids })
      return { pruned: pruned + ids.length }
    },
  })),
  fault('caps every finished job by maxDeadPerName', 'prune/only-dead-are-capped', ({ store }) => ({
    async prune(input) {
      const ids = (await all(store, 'completed')).slice(input.maxDeadPerName).map(({ id }) => id)
      await store.remove({ ids })
      return { pruned: ids.length + (await store.prune(input)).pruned }
    },
  })),
  fault(
    'says that it has pruned when there was nothing',
    'prune/repeated prune/live-jobs remove/finished',
    ({ store }) => ({
      prune: async (input) => ({ pruned: (await store.prune(input)).pruned + 1 }),
    }),
  ),

  fault(
    'forgets heartbeats',
    'workers/heartbeat workers/again workers/expiry workers/sorted workers/lanes workers/leave',
    () => ({
      heartbeat: async () => {},
    }),
  ),
  fault('takes every claim for a heartbeat', 'workers/none', ({ store }) => ({
    async claim(input) {
      await store.heartbeat({ report: { worker: input.worker, lanes: [] }, ttlMs: 60_000 })
      return store.claim(input)
    },
  })),
  fault('keeps the first heartbeat of a worker', 'workers/again', ({ store }) => {
    const seen = new Set<string>()
    return {
      async heartbeat(input) {
        if (seen.has(input.report.worker)) return
        seen.add(input.report.worker)
        await store.heartbeat(input)
      },
    }
  }),
  fault('shows workers that stopped reporting', 'workers/expiry', ({ store }) => ({
    heartbeat: (input) => store.heartbeat({ ...input, ttlMs: input.ttlMs * 100 }),
  })),
  fault('sorts workers as people do', 'workers/sorted', ({ store }) => ({
    workers: async () =>
      (await store.workers()).toSorted((a, b) => a.worker.localeCompare(b.worker, 'en', { numeric: true })),
  })),
  fault('keeps a worker that leaves', 'workers/leave', () => ({ leave: async () => {} })),
  fault('takes the leases of a worker that leaves', 'workers/leave-keeps-leases', ({ store }) => ({
    async leave(input) {
      await store.leave(input)
      const jobs = await all(store, 'active')
      const leases = jobs.map(({ id, name, generation, claims }) => ({
        id,
        name,
        fence: { generation, claim: claims },
      }))
      await store.settle({ entries: leases.map((lease) => ({ lease, settlement: { type: 'released', delayMs: 0 } })) })
    },
  })),

  fault(
    'hints at nothing',
    `subscribe/first-scheduled subscribe/earlier subscribe/rescheduled subscribe/retried subscribe/cancel
     subscribe/several subscribe/other-handle subscribe/next-due-agrees pause/hint`,
    () => ({ subscribe: async () => async () => {} }),
  ),
  fault('hints after the subscription has ended', 'subscribe/until-called finished/until-called', ({ store }) => ({
    async subscribe(listener, of) {
      await store.subscribe(listener, of)
      return async () => {}
    },
  })),
  fault('knows one listener only', 'subscribe/several', ({ store }) => {
    let latest = (_hint: StoreHint): void => {}
    return {
      async subscribe(listener, of) {
        latest = listener
        return store.subscribe((hint) => {
          if (latest === listener) listener(hint)
        }, of)
      },
    }
  }),
  fault('names no job in the hint of a cancel', 'subscribe/cancel', ({ store }) => ({
    subscribe: (listener, of) =>
      store.subscribe((hint) => listener(hint.type === 'cancel' ? { ...hint, id: '' } : hint), of),
  })),
]

/** A store whose handles do not share their jobs. */
export const separateHandles: Fault = {
  ...fault(
    'gives every handle jobs of its own',
    `handles/same-jobs handles/one-closes handles/enqueue-concurrently
     handles/vanished-waiter handles/control wait/other-handle subscribe/other-handle fires/once fires/survives-reopen`,
    () => ({}),
  ),
  separateHandles: true,
}
