import type { NameCounts, Store, StoredJobPage } from '@goscheds/core'
import { all, fault, type Fault, showing, type Sound } from './fault.js'

function counting(
  { store }: Sound,
  change: (counts: NameCounts[], names?: readonly string[]) => NameCounts[],
): Partial<Store> {
  return { counts: async (input) => change([...(await store.counts(input))], input.names) }
}

function listing({ store }: Sound, change: (page: StoredJobPage) => StoredJobPage): Partial<Store> {
  return { list: async (input) => change(await store.list(input)) }
}

/** Stores that show something else than what they keep. */
export const readingFaults: readonly Fault[] = [
  fault('leaves unknown ids out', 'get/unknown texts/control-of-odd-ids', ({ store }) => ({
    get: async (input) => (await store.get(input)).filter((job) => job !== null),
  })),
  fault('shows executeAt for the due time of a retry', 'get/retried', (sound) =>
    showing(sound, (job) => (job.dueAt === undefined ? job : { ...job, dueAt: job.executeAt })),
  ),
  fault('shows a due time in every state', 'get/ready get/active get/finished', (sound) =>
    showing(sound, (job) => ({ ...job, dueAt: job.executeAt })),
  ),
  fault('does not show when a scheduled job is due', 'get/scheduled get/retried', (sound) =>
    showing(sound, ({ dueAt: _dueAt, ...job }) => job),
  ),
  fault('shows the end of the first lease', 'get/active', (sound) => {
    const first = new Map<string, number>()
    return showing(sound, (job) => {
      if (job.leaseUntil === undefined) return job
      first.set(job.id, first.get(job.id) ?? job.leaseUntil)
      return { ...job, leaseUntil: first.get(job.id) ?? 0 }
    })
  }),
  fault('does not count claims', 'get/claims-and-recoveries get/active', (sound) =>
    showing(sound, (job) => ({ ...job, claims: 0 })),
  ),
  fault('shows another generation than the fence', 'get/generation', (sound) =>
    showing(sound, (job) => ({ ...job, generation: job.generation + 1 })),
  ),
  fault('shows a cancel request on every job', 'get/cancel-requested get/ready', (sound) =>
    showing(sound, (job) => ({ ...job, cancelRequested: true })),
  ),

  fault('counts active jobs as ready', 'counts/each-state counts/every-move counts/add-up', (sound) =>
    counting(sound, (counts) => counts.map((count) => ({ ...count, ready: count.ready + count.active, active: 0 }))),
  ),
  fault('counts what was cancelled as ready', 'counts/add-up cancel/many', ({ store }) => {
    let gone = 0
    return {
      async cancel(input) {
        gone += input.ids.length
        return store.cancel(input)
      },
      counts: async (input) => {
        const [first, ...others] = await store.counts({ names: input.names ?? ['email'] })
        return first === undefined ? [] : [{ ...first, ready: first.ready + gone }, ...others]
      },
    }
  }),
  fault(
    'shows names whose jobs are all gone',
    'counts/empty counts/without-names remove/without-a-trace',
    ({ store }) => {
      const seen = new Set<string>()
      return {
        async enqueue(input) {
          for (const { name } of input.jobs) seen.add(name)
          return store.enqueue(input)
        },
        counts: (input) => store.counts({ names: input.names ?? [...seen] }),
      }
    },
  ),
  fault('shows names only that have live jobs', 'counts/without-names', (sound) =>
    counting(sound, (counts, names) =>
      names === undefined ? counts.filter(({ scheduled, ready, active }) => scheduled + ready + active > 0) : counts,
    ),
  ),
  fault('sorts names as people do', 'counts/without-names', (sound) =>
    counting(sound, (counts) => counts.sort((a, b) => a.name.localeCompare(b.name))),
  ),
  fault('leaves out names that have no job', 'counts/names-asked', (sound) =>
    counting(sound, (counts) => counts.filter(({ scheduled, ready, active }) => scheduled + ready + active > 0)),
  ),
  fault('repeats a name that was asked for twice', 'counts/names-asked', (sound) =>
    counting(sound, (counts, names) =>
      (names ?? []).flatMap((name) => counts.find((count) => count.name === name) ?? []),
    ),
  ),
  fault('does not know how old the head of the queue is', 'counts/oldest-ready counts/each-state', (sound) =>
    counting(sound, (counts) => counts.map((count) => ({ ...count, oldestReadyMs: null }))),
  ),
  fault('takes the age of the head from when it was accepted', 'counts/oldest-ready', ({ store, clock }) => ({
    async counts(input) {
      const head = (await all(store, 'ready'))[0]
      const oldestReadyMs = head === undefined ? null : clock.now() - head.enqueuedAt
      return (await store.counts(input)).map((count) => ({ ...count, oldestReadyMs }))
    },
  })),

  fault(
    'lists a page backwards',
    'list/scheduled list/ready list/active list/finished list/without-the-cancelled',
    (sound) => listing(sound, ({ jobs, cursor }) => ({ jobs: jobs.toReversed(), cursor })),
  ),
  fault('skips the last job of each page', 'list/pages list/without-the-cancelled', (sound) =>
    listing(sound, ({ jobs, cursor }) => ({ jobs: cursor === null ? jobs : jobs.slice(0, -1), cursor })),
  ),
  fault('lists more than the limit', 'list/limit list/pages', ({ store }) => ({
    list: (input) => store.list({ ...input, limit: input.limit + 1 }),
  })),
  fault('lists the scheduled jobs of every name', 'list/name-and-state', ({ store }) => ({
    list: async (input) =>
      input.state === 'scheduled' ? { jobs: await all(store, 'scheduled'), cursor: null } : store.list(input),
  })),
  fault('lists less than it shows', 'list/same-as-get', (sound) =>
    listing(sound, ({ jobs, cursor }) => ({ jobs: jobs.map((job) => ({ ...job, attempts: 0, claims: 0 })), cursor })),
  ),
]
