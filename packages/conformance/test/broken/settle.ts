import type { JobState, Retention, SettleOutcome } from '@goscheds/core'
import { all, fault, type Fault, settling, showing, toTail } from './fault.js'

/** Stores that settle wrongly. */
export const settleFaults: readonly Fault[] = [
  fault('hands a completed job out again', 'settle/completed settle/late table/settle-completed/active', (sound) =>
    settling(sound, (settlement) => (settlement.type === 'completed' ? { type: 'released', delayMs: 0 } : settlement)),
  ),
  fault(
    'keeps every finished job for a second',
    'settle/leaves-no-trace enqueue/id-free-again table/enqueue/absent',
    (sound) =>
      settling(sound, (settlement) =>
        'retentionMs' in settlement
          ? { ...settlement, retentionMs: Math.max(1_000, settlement.retentionMs) }
          : settlement,
      ),
  ),
  fault("takes the job's retention for the settlement's", 'settle/retention get/finished', ({ store }) => {
    const retentions = new Map<string, Retention>()
    return {
      async enqueue(input) {
        for (const { id, retention } of input.jobs) retentions.set(id, retention)
        return store.enqueue(input)
      },
      settle: ({ entries }) =>
        store.settle({
          entries: entries.map(({ lease, settlement }) => {
            const { completedMs = 0, deadMs = 0 } = retentions.get(lease.id) ?? {}
            const retentionMs = settlement.type === 'dead' ? deadMs : completedMs
            return { lease, settlement: 'retentionMs' in settlement ? { ...settlement, retentionMs } : settlement }
          }),
        }),
    }
  }),
  fault(
    'loses a retry',
    'settle/retry-now settle/retry-later wait/retry table/settle-retry-now/active table/settle-retry-later/active promote/retried scenario/retried-once',
    (sound) =>
      settling(sound, (settlement) =>
        settlement.type === 'retry' ? { type: 'completed', retentionMs: 0 } : settlement,
      ),
  ),
  fault(
    'counts no attempt for a retry',
    'settle/retry-now settle/attempts-add-up get/retried scenario/retried-until-dead',
    (sound) =>
      settling(sound, (settlement) =>
        settlement.type === 'retry' ? { type: 'released', delayMs: settlement.delayMs } : settlement,
      ),
  ),
  fault(
    'uses an attempt for a release',
    'settle/released settle/released-for-later cancel-request/released scenario/stop',
    (sound) =>
      settling(sound, (settlement) =>
        settlement.type === 'released' ? { type: 'retry', delayMs: settlement.delayMs, error: '' } : settlement,
      ),
  ),
  fault(
    'ignores the delay of a retry and of a release',
    'settle/retry-later settle/released-for-later subscribe/retried table/settle-released-later/active',
    (sound) => settling(sound, (settlement) => ('delayMs' in settlement ? { ...settlement, delayMs: 0 } : settlement)),
  ),
  fault('puts a retried job to the head', 'settle/to-the-tail', ({ store }) => ({
    async settle(input) {
      const before = await all(store, 'ready')
      const outcomes = await store.settle(input)
      await toTail(store, before)
      return outcomes
    },
  })),
  fault(
    'ends a job as dead that has attempts left',
    'settle/retry-now settle/retry-later claim/attempts-and-recoveries',
    (sound) =>
      settling(sound, (settlement) =>
        settlement.type === 'retry'
          ? { type: 'dead', reason: 'attempts', error: settlement.error, retentionMs: 0 }
          : settlement,
      ),
  ),
  fault('retries a job that is dead', 'settle/dead table/settle-dead/active settle/dead-uses-an-attempt', (sound) =>
    settling(sound, (settlement) =>
      settlement.type === 'dead' ? { type: 'retry', delayMs: 0, error: settlement.error } : settlement,
    ),
  ),
  fault('takes a lease past its deadline for lost when it settles', 'settle/late', ({ store, clock }) => ({
    async settle({ entries }) {
      const jobs = await store.get({ ids: entries.map(({ lease }) => lease.id) })
      if (jobs.some((job) => (job?.leaseUntil ?? 0) <= clock.now())) return entries.map(() => ({ status: 'lost' }))
      return store.settle({ entries })
    },
  })),
  fault('settles a batch backwards', 'settle/in-the-order-given settle/twice-in-one-call', ({ store }) => ({
    settle: async ({ entries }) => (await store.settle({ entries: entries.toReversed() })).toReversed(),
  })),
  fault('swaps the outcomes of a settlement', 'settle/mixed-batch settle/lost-among-neighbours', ({ store }) => ({
    settle: async ({ entries }) => (await store.settle({ entries })).toReversed(),
  })),
  fault('ends a whole batch as its first entry says', 'settle/mixed-batch settle/many', ({ store }) => ({
    settle: ({ entries }) =>
      store.settle({
        entries: entries.map(({ lease, settlement }) => ({ lease, settlement: entries[0]?.settlement ?? settlement })),
      }),
  })),
  fault('drops the result', 'settle/result-is-kept get/finished texts/result-and-error', (sound) =>
    settling(sound, (settlement) =>
      settlement.type === 'completed' ? { type: 'completed', retentionMs: settlement.retentionMs } : settlement,
    ),
  ),
  fault('uses no attempt for an end as dead', 'settle/dead-uses-an-attempt', (sound) =>
    settling(sound, (settlement) =>
      settlement.type === 'dead' ? { ...settlement, reason: 'undecodable' } : settlement,
    ),
  ),
  fault('keeps the first error, not the last', 'settle/error-is-kept', (sound) => {
    const errors = new Map<string, string>()
    return settling(sound, (settlement, { lease }) => {
      if (settlement.type !== 'retry') return settlement
      errors.set(lease.id, errors.get(lease.id) ?? settlement.error)
      return { ...settlement, error: errors.get(lease.id) ?? '' }
    })
  }),
  fault(
    'forgets the error when a job is handed out again',
    'get/result-only-of-completed settle/error-is-kept',
    (sound) => showing(sound, ({ error, ...job }) => (error === undefined || job.claims > 1 ? job : { ...job, error })),
  ),

  fault(
    'accepts a stale settlement',
    `scenario/frozen-worker settle/lost-after-reap settle/lost-to-another settle/unknown settle/repeated settle/lost-changes-nothing
     table/settle-old/scheduled`,
    ({ store }) => ({
      settle: async (input) =>
        (await store.settle(input)).map((outcome): SettleOutcome =>
          outcome.status === 'lost' ? { status: 'settled', state: 'completed' } : outcome,
        ),
    }),
  ),
  fault(
    'ends a job that was handed to another worker',
    'settle/lost-after-reap settle/lost-to-another fence/first-life',
    ({ store }) => ({
      async settle({ entries }) {
        const outcomes = await store.settle({ entries })
        const lost = entries.filter((_, index) => outcomes[index]?.status === 'lost').map(({ lease }) => lease.id)
        await store.remove({ ids: lost })
        const held = await store.get({ ids: lost })
        const leases = held.flatMap((job) =>
          job === null
            ? []
            : [{ id: job.id, name: job.name, fence: { generation: job.generation, claim: job.claims } }],
        )
        await store.settle({
          entries: leases.map((lease) => ({ lease, settlement: { type: 'completed', retentionMs: 0 } })),
        })
        return outcomes
      },
    }),
  ),
  fault(
    'removes a finished job when its lease settles again',
    'settle/lost-changes-nothing table/settle-completed/dead',
    ({ store }) => ({
      async settle({ entries }) {
        const outcomes = await store.settle({ entries })
        const lost = entries.filter((_, index) => outcomes[index]?.status === 'lost')
        await store.remove({ ids: lost.map(({ lease }) => lease.id) })
        return outcomes
      },
    }),
  ),
  fault(
    'fails the batch for a lost lease',
    'settle/lost-among-neighbours settle/twice-in-one-call settle/repeated',
    ({ store }) => ({
      async settle(input) {
        const outcomes = await store.settle(input)
        if (outcomes.some(({ status }) => status === 'lost')) throw new Error('the lease is lost')
        return outcomes
      },
    }),
  ),
  fault(
    'reads the lease before it settles it',
    'handles/settle-concurrently settle/twice-in-one-call',
    ({ store }) => ({
      async settle({ entries }) {
        const jobs = await store.get({ ids: entries.map(({ lease }) => lease.id) })
        await store.settle({ entries })
        const states: Record<string, Exclude<JobState, 'active'>> = {
          completed: 'completed',
          dead: 'dead',
          retry: 'ready',
        }
        return entries.map(({ lease, settlement }, index): SettleOutcome => {
          const current = jobs[index]?.state === 'active' && jobs[index].claims === lease.fence.claim
          return current ? { status: 'settled', state: states[settlement.type] ?? 'ready' } : { status: 'lost' }
        })
      },
    }),
  ),
]
