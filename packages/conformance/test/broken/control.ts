import type { CancelOutcome, NewJob, Store } from '@goscheds/core'
import { claiming, fault, type Fault, settling, showing, type Sound, toTail } from './fault.js'

/** A cancel that answers as it should and leaves jobs in one state where they are. */
function notCancelling({ store }: Sound, state: 'scheduled' | 'ready'): Partial<Store> {
  return {
    async cancel({ ids }) {
      const jobs = await store.get({ ids })
      const outcomes = await store.cancel({ ids: ids.filter((_, index) => jobs[index]?.state !== state) })
      let next = 0
      return jobs.map((job): CancelOutcome =>
        job?.state === state ? { status: 'cancelled' } : (outcomes[next++] ?? { status: 'not-found' }),
      )
    },
  }
}

/** Stores that cancel, reschedule, remove or redrive wrongly. */
export const controlFaults: readonly Fault[] = [
  fault('promotes a job that was cancelled', 'cancel/scheduled cancel/next-due table/cancel/scheduled', (sound) =>
    notCancelling(sound, 'scheduled'),
  ),
  fault(
    'hands out a job that was cancelled',
    'cancel/ready claim/past-cancelled set-aside/cancelled list/without-the-cancelled',
    (sound) => notCancelling(sound, 'ready'),
  ),
  fault('leaves no trace of a cancelled job', 'cancel/retention table/cancel/ready', ({ store }) => ({
    async cancel({ ids }) {
      const outcomes = await store.cancel({ ids })
      await store.remove({ ids: ids.filter((_, index) => outcomes[index]?.status === 'cancelled') })
      return outcomes
    },
  })),
  fault('hands out a removed job when its id is used again', 'cancel/id-free-again remove/id-free-again', (sound) => {
    const first = new Map<string, NewJob>()
    return {
      async enqueue(input) {
        for (const job of input.jobs) first.set(job.id, first.get(job.id) ?? job)
        return sound.store.enqueue(input)
      },
      ...claiming(sound, (job) => ({ ...job, payload: first.get(job.id)?.payload ?? job.payload })),
    }
  }),
  fault(
    'answers the second request for a cancel as done',
    'cancel/active table/cancel/active-cancel-requested',
    ({ store }) => {
      const asked = new Set<string>()
      return {
        cancel: async ({ ids }) =>
          (await store.cancel({ ids })).map((outcome, index): CancelOutcome => {
            const id = ids[index] ?? ''
            if (outcome.status !== 'requested' || !asked.has(id)) return (asked.add(id), outcome)
            return { status: 'cancelled' }
          }),
      }
    },
  ),
  fault(
    'answers in the order of its own choice',
    'cancel/outcome-per-id reschedule/outcome-per-entry remove/outcome-per-id redrive/outcome-per-id',
    ({ store }) => ({
      cancel: async (input) => (await store.cancel(input)).toReversed(),
      reschedule: async (input) => (await store.reschedule(input)).toReversed(),
      remove: async (input) => (await store.remove(input)).toReversed(),
      redrive: async (input) => (await store.redrive(input)).toReversed(),
    }),
  ),

  fault(
    'says `rescheduled` and moves nothing',
    'reschedule/sooner reschedule/later reschedule/retried reschedule/ready-to-later wait/reschedule subscribe/rescheduled table/reschedule-due/scheduled table/reschedule-later/ready',
    () => ({
      reschedule: async ({ entries }) =>
        entries.map(({ delayMs }) => ({ status: 'rescheduled', state: delayMs === 0 ? 'ready' : 'scheduled' })),
    }),
  ),
  fault('keeps the earlier of two due times', 'reschedule/later reschedule/next-due', ({ store, clock }) => ({
    async reschedule({ entries }) {
      const jobs = await store.get({ ids: entries.map(({ id }) => id) })
      return store.reschedule({
        entries: entries.map(({ id, executeAt, delayMs = 0 }, index) => ({
          id,
          executeAt: Math.min(executeAt ?? clock.now() + delayMs, jobs[index]?.dueAt ?? Infinity),
        })),
      })
    },
  })),
  fault('puts a rescheduled job to the head', 'reschedule/to-the-tail', ({ store }) => ({
    async reschedule({ entries }) {
      const ids = new Set(entries.map(({ id }) => id))
      const { jobs } = await store.list({ name: 'email', state: 'ready', limit: 1_000 })
      const outcomes = await store.reschedule({ entries })
      await toTail(
        store,
        jobs.filter(({ id }) => !ids.has(id)),
      )
      return outcomes
    },
  })),
  fault(
    'schedules what is rescheduled to this very instant',
    'reschedule/exactly-now reschedule/to-the-tail table/reschedule-due/ready',
    ({ store, clock }) => ({
      reschedule: ({ entries }) =>
        store.reschedule({
          entries: entries.map(({ id, executeAt, delayMs = 0 }) => ({
            id,
            executeAt: Math.max(executeAt ?? clock.now() + delayMs, clock.now() + 1),
          })),
        }),
    }),
  ),
  fault('takes an executeAt of 0 for no change', 'reschedule/epoch', ({ store }) => ({
    reschedule: ({ entries }) =>
      store.reschedule({
        entries: entries.map((entry) => (entry.executeAt === 0 ? { id: entry.id, delayMs: 1 } : entry)),
      }),
  })),
  fault('enqueues a rescheduled job anew', 'reschedule/keeps-the-rest reschedule/retried', ({ store }) => ({
    async reschedule({ entries }) {
      const jobs = await store.get({ ids: entries.map(({ id }) => id) })
      const outcomes = await store.reschedule({ entries })
      for (const [index, { id, ...due }] of entries.entries()) {
        const job = jobs[index]
        if (job === null || job === undefined || outcomes[index]?.status !== 'rescheduled') continue
        await store.remove({ ids: [id] })
        const { name, payload, options } = job
        await store.enqueue({
          jobs: [{ id, name, payload, options, retention: { completedMs: 0, deadMs: 0 }, ...due }],
        })
      }
      return outcomes
    },
  })),

  fault(
    'leaves removed jobs where they are',
    'remove/without-a-trace remove/finished remove/many table/remove/completed',
    ({ store }) => ({
      async remove({ ids }) {
        const jobs = await store.get({ ids })
        return jobs.map((job) => (job === null ? { status: 'not-found' } : { status: 'removed', state: job.state }))
      },
    }),
  ),
  fault('removes an active job under its worker', 'remove/active table/remove/active', ({ store }) => ({
    async remove({ ids }) {
      const [job] = await store.get({ ids })
      if (job?.state === 'active') {
        const lease = { id: job.id, name: job.name, fence: { generation: job.generation, claim: job.claims } }
        await store.settle({ entries: [{ lease, settlement: { type: 'cancelled', retentionMs: 0 } }] })
        return [{ status: 'removed', state: 'active' }]
      }
      return store.remove({ ids })
    },
  })),

  fault(
    'says `redriven` and leaves the job dead',
    'redrive/ready-again redrive/not-pruned wait/redrive table/redrive/dead',
    ({ store }) => ({
      async redrive({ ids }) {
        const jobs = await store.get({ ids })
        return jobs.map((job) => {
          if (job === null) return { status: 'not-found' }
          return job.state === 'dead' ? { status: 'redriven' } : { status: 'not-dead', state: job.state }
        })
      },
    }),
  ),
  fault('redrives to the head', 'redrive/ready-again redrive/outcome-per-id', ({ store }) => ({
    async redrive(input) {
      const { jobs } = await store.list({ name: 'email', state: 'ready', limit: 1_000 })
      const outcomes = await store.redrive(input)
      await toTail(store, jobs)
      return outcomes
    },
  })),
  fault('redrives with attempts and recoveries as they were', 'redrive/counters', (sound) => {
    const kept = new Map<string, { attempts: number; recoveries: number }>()
    return {
      ...claiming(sound, (job) => ({ ...job, ...kept.get(job.id) })),
      async redrive(input) {
        for (const job of await sound.store.get(input)) if (job !== null) kept.set(job.id, job)
        return sound.store.redrive(input)
      },
    }
  }),
  fault('redrives with the recoveries spent', 'redrive/recoveries', ({ store }) => {
    let spent = 0
    return {
      redrive: async (input) => ((spent += 1), store.redrive(input)),
      reap: (input) => store.reap({ ...input, maxRecoveries: input.maxRecoveries - spent }),
    }
  }),
  fault('still shows a redriven job as dead of something', 'redrive/kept', (sound) =>
    showing(sound, (job) => (job.error === 'the last error' ? { ...job, deadReason: 'attempts' } : job)),
  ),
  fault('lets the lease that ended a job end it again after a redrive', 'redrive/old-lease', (sound) => {
    let redriven = false
    return {
      ...settling(sound, (settlement) => settlement),
      redrive: async (input) => ((redriven = true), sound.store.redrive(input)),
      settle: async (input) =>
        redriven ? input.entries.map(() => ({ status: 'settled', state: 'ready' })) : sound.store.settle(input),
    }
  }),
]
