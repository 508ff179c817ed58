import type { NewJob } from '@goscheds/core'
import { claiming, fault, type Fault } from './fault.js'

/** Stores that take jobs in wrongly. */
export const enqueueFaults: readonly Fault[] = [
  fault(
    'takes every job for due at once',
    'enqueue/scheduled enqueue/delay enqueue/due-in-a-millisecond promote/next-due table/enqueue-later/absent',
    ({ store }) => ({
      enqueue: ({ jobs }) => store.enqueue({ jobs: jobs.map(({ executeAt: _at, delayMs: _delay, ...job }) => job) }),
    }),
  ),

  fault('rounds due times down to the second', 'enqueue/due-in-a-millisecond', ({ store }) => ({
    enqueue: ({ jobs }) =>
      store.enqueue({
        jobs: jobs.map((job) =>
          job.executeAt === undefined ? job : { ...job, executeAt: Math.floor(job.executeAt / 1_000) * 1_000 },
        ),
      }),
  })),

  fault(
    'schedules what is due, for the next promotion to find',
    'enqueue/due-now enqueue/due-in-the-past enqueue/due-exactly-now enqueue/order-given table/enqueue/absent',
    ({ store, clock }) => ({
      enqueue: ({ jobs }) =>
        store.enqueue({
          jobs: jobs.map(({ delayMs = 0, executeAt = clock.now() + delayMs, ...job }) => ({
            ...job,
            executeAt: Math.max(executeAt, clock.now() + 1),
          })),
        }),
    }),
  ),

  fault('takes an executeAt of 0 for none', 'enqueue/due-in-the-past', ({ store, clock }) => ({
    enqueue: ({ jobs }) =>
      store.enqueue({
        jobs: jobs.map((job) => (job.executeAt === 0 ? { ...job, executeAt: clock.now() + 1_000 } : job)),
      }),
  })),

  fault('counts delays from its own start', 'enqueue/delay', ({ store, clock }) => {
    const startedAt = clock.now()
    return {
      enqueue: ({ jobs }) =>
        store.enqueue({
          jobs: jobs.map(({ delayMs, ...job }) =>
            delayMs === undefined ? job : { ...job, executeAt: startedAt + delayMs },
          ),
        }),
    }
  }),

  fault('keeps due times in 32 bits of seconds', 'enqueue/far-future', ({ store }) => ({
    enqueue: ({ jobs }) =>
      store.enqueue({
        jobs: jobs.map((job) =>
          job.executeAt === undefined ? job : { ...job, executeAt: Math.min(job.executeAt, 2 ** 31 * 1_000) },
        ),
      }),
  })),

  fault(
    'takes a batch in backwards',
    'enqueue/order-given enqueue/many promote/equals-in-enqueue-order',
    ({ store }) => ({
      enqueue: async ({ jobs }) => (await store.enqueue({ jobs: jobs.toReversed() })).toReversed(),
    }),
  ),

  fault('has one work queue for all names', 'enqueue/names-apart texts/names promote/every-name', (sound) => ({
    enqueue: ({ jobs }) => sound.store.enqueue({ jobs: jobs.map((job) => ({ ...job, name: 'all' })) }),
    async claim(input) {
      const { jobs, ...rest } = await sound.store.claim({ ...input, name: 'all' })
      return { jobs: jobs.map((job) => ({ ...job, name: input.name })), ...rest }
    },
  })),

  fault('overwrites the job that holds the id', 'enqueue/duplicate-changes-nothing', ({ store }) => ({
    async enqueue({ jobs }) {
      const outcomes = await store.enqueue({ jobs })
      const again = jobs.filter((_, index) => outcomes[index]?.status === 'duplicate')
      await store.remove({ ids: again.map(({ id }) => id) })
      await store.enqueue({ jobs: again })
      return outcomes
    },
  })),

  fault(
    'says `added` of a duplicate',
    'enqueue/duplicate-outcome enqueue/repeated enqueue/duplicate-among-neighbours table/enqueue/ready handles/same-jobs',
    ({ store }) => ({
      async enqueue(input) {
        return (await store.enqueue(input)).map(({ id }) => ({ status: 'added', id }))
      },
    }),
  ),

  fault(
    'fails the batch for a duplicate',
    'enqueue/duplicate-among-neighbours enqueue/duplicate-outcome',
    ({ store }) => ({
      async enqueue({ jobs }) {
        const held = await store.get({ ids: jobs.map(({ id }) => id) })
        if (held.some((job) => job !== null)) throw new Error('duplicate key')
        return store.enqueue({ jobs })
      },
    }),
  ),

  fault('lets the last of the same id in one call win', 'enqueue/twice-in-one-call', ({ store }) => ({
    async enqueue({ jobs }) {
      const last = new Map<string, NewJob>(jobs.map((job) => [job.id, job]))
      return store.enqueue({ jobs: jobs.map((job) => last.get(job.id) ?? job) })
    },
  })),

  fault('forgets that an id is held once its job is claimed', 'enqueue/duplicate-of-active', ({ store }) => ({
    async enqueue({ jobs }) {
      const outcomes = await store.enqueue({ jobs })
      const held = await store.get({ ids: jobs.map(({ id }) => id) })
      const again = jobs.filter((_, index) => held[index]?.state === 'active')
      await store.enqueue({ jobs: again.map((job) => ({ ...job, id: `${job.id} again` })) })
      return outcomes.map((outcome, index) =>
        held[index]?.state === 'active' ? { ...outcome, status: 'added' } : outcome,
      )
    },
  })),

  fault('lets a finished job be overwritten', 'enqueue/duplicate-of-finished table/enqueue/dead', ({ store }) => ({
    async enqueue({ jobs }) {
      const held = await store.get({ ids: jobs.map(({ id }) => id) })
      const finished = held.filter((job) => job !== null && ['completed', 'dead', 'cancelled'].includes(job.state))
      await store.remove({ ids: finished.flatMap((job) => job?.id ?? []) })
      return store.enqueue({ jobs })
    },
  })),

  fault(
    'never frees an id',
    `enqueue/id-free-again fence/reused-id fence/first-life settle/leaves-no-trace remove/id-free-again
     cancel/id-free-again prune/id-free-again prune/second-life reap/retention fence/after-removal`,
    ({ store }) => {
      const used = new Set<string>()
      return {
        async enqueue({ jobs }) {
          const known = new Set(used)
          for (const { id } of jobs) used.add(id)
          const outcomes = await store.enqueue({ jobs: jobs.filter(({ id }) => !known.has(id)) })
          let next = 0
          return jobs.map(({ id }) => (known.has(id) ? undefined : outcomes[next++]) ?? { status: 'duplicate', id })
        },
      }
    },
  ),

  fault('reads before it writes, so that two callers may both add', 'handles/enqueue-concurrently', ({ store }) => ({
    async enqueue({ jobs }) {
      const held = await store.get({ ids: jobs.map(({ id }) => id) })
      await store.enqueue({ jobs })
      return jobs.map(({ id }, index) => ({ status: held[index] === null ? 'added' : 'duplicate', id }))
    },
  })),

  fault('refuses an empty batch', 'enqueue/nothing extend/nothing settle/nothing', ({ store }) => {
    const refuse = (list: readonly unknown[]): void => {
      if (list.length === 0) throw new Error('wrong number of arguments')
    }
    return {
      enqueue: async (input) => (refuse(input.jobs), store.enqueue(input)),
      extend: async (input) => (refuse(input.leases), store.extend(input)),
      settle: async (input) => (refuse(input.entries), store.settle(input)),
    }
  }),

  fault(
    'forgets when a job was due and accepted',
    'enqueue/instants claim/what-is-handed-out claim/execute-at-is-kept',
    (sound) => claiming(sound, (job) => ({ ...job, executeAt: job.claimedAt, enqueuedAt: job.claimedAt })),
  ),
]
