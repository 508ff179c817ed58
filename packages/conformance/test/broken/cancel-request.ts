import type { CancelOutcome, Settlement, Store } from '@goscheds/core'
import { fault, type Fault, settling, type Sound } from './fault.js'

/** Whether a cancel was asked for of the job. */
async function isRequested(store: Store, id: string): Promise<boolean> {
  const [job] = await store.get({ ids: [id] })
  return job?.cancelRequested === true
}

function whenRequested({ store }: Sound, change: (settlement: Settlement) => Settlement): Partial<Store> {
  return {
    async settle({ entries }) {
      const changed = entries.map(async (entry) =>
        (await isRequested(store, entry.lease.id)) ? { ...entry, settlement: change(entry.settlement) } : entry,
      )
      return store.settle({ entries: await Promise.all(changed) })
    },
  }
}

/** Stores that handle a cancel request wrongly. */
export const cancelRequestFaults: readonly Fault[] = [
  fault(
    'tells the worker of a cancel request and forgets it',
    `cancel-request/retry cancel-request/released cancel-request/crash cancel-request/before-recoveries
     cancel-request/no-trace get/cancel-requested
     table/settle-released-now/active-cancel-requested`,
    ({ store }) => ({
      async cancel({ ids }) {
        const jobs = await store.get({ ids })
        const waiting = ids.filter((_, index) => jobs[index]?.state !== 'active')
        const outcomes = await store.cancel({ ids: waiting })
        let next = 0
        return jobs.map((job): CancelOutcome =>
          job?.state === 'active' ? { status: 'requested' } : (outcomes[next++] ?? { status: 'not-found' }),
        )
      },
    }),
  ),
  fault(
    'forgets a cancel request when it reaps',
    'cancel-request/crash cancel-request/before-recoveries',
    ({ store, clock }) => ({
      async reap(input) {
        const { reaped, ...rest } = await store.reap(input)
        const cancelled = reaped.filter(({ outcome }) => outcome === 'cancelled')
        await store.remove({ ids: cancelled.map(({ id }) => id) })
        const again = cancelled.map(({ id, name }) => ({ id, name, payload: '', options: '', executeAt: clock.now() }))
        await store.enqueue({ jobs: again.map((job) => ({ ...job, retention: { completedMs: 0, deadMs: 0 } })) })
        return { reaped: reaped.map((job) => ({ ...job, outcome: 'ready' })), ...rest }
      },
    }),
  ),
  fault(
    'counts recoveries before it looks at the cancel request',
    'cancel-request/before-recoveries table/reap-recoveries-spent/active-cancel-requested',
    ({ store }) => ({
      async reap(input) {
        const { reaped, ...rest } = await store.reap(input)
        return {
          reaped: reaped.map((job) => (job.recoveries > input.maxRecoveries ? { ...job, outcome: 'dead' } : job)),
          ...rest,
        }
      },
    }),
  ),
  fault(
    'lets a requested cancel win over a completion',
    'cancel-request/completed-wins table/settle-completed/active-cancel-requested',
    (sound) =>
      whenRequested(sound, (settlement) =>
        settlement.type === 'completed' ? { type: 'cancelled', retentionMs: settlement.retentionMs } : settlement,
      ),
  ),
  fault('lets a requested cancel win over an end as dead', 'cancel-request/dead-wins', (sound) =>
    whenRequested(sound, (settlement) =>
      settlement.type === 'dead' ? { type: 'cancelled', retentionMs: settlement.retentionMs } : settlement,
    ),
  ),
  fault('forgets attempt and error of a retry that a cancel overruled', 'cancel-request/retry', (sound) =>
    whenRequested(sound, (settlement) => (settlement.type === 'retry' ? { type: 'released', delayMs: 0 } : settlement)),
  ),
  fault('keeps whatever a requested cancel ended', 'cancel-request/no-trace', (sound) =>
    whenRequested(sound, (settlement) =>
      'delayMs' in settlement ? { type: 'cancelled', retentionMs: 1_000 } : settlement,
    ),
  ),
  fault(
    'refuses the worker that follows the request',
    'cancel-request/followed table/settle-cancelled/active',
    (sound) =>
      settling(sound, (settlement) => {
        if (settlement.type === 'cancelled') throw new Error('no such settlement')
        return settlement
      }),
  ),
  fault('keeps cancel requests by id, for ever', 'cancel-request/own-job-only', ({ store }) => {
    const requested = new Set<string>()
    return {
      async cancel(input) {
        for (const id of input.ids) requested.add(id)
        return store.cancel(input)
      },
      async claim(input) {
        const result = await store.claim(input)
        await store.cancel({ ids: result.jobs.map(({ id }) => id).filter((id) => requested.has(id)) })
        return result
      },
    }
  }),
]
