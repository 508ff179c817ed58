import type { Store, StoredJob } from '@goscheds/core'
import { all, fault, type Fault, showing, type Sound } from './fault.js'
import { type InnerJob, pushing, queueing } from './inside.js'

const HOUR = 3_600_000

/** A store whose reaper ends only some of what has expired. */
export function expiringOnly({ state: { expiring } }: Sound, ends: (job: InnerJob) => boolean): Partial<Store> {
  expiring.first = () => expiring.sorted().find(({ value }) => ends(value))
  return {}
}

/** A store in which a job may expire that has been claimed before. */
function mayExpireAgain({ state }: Sound, job: InnerJob | undefined): void {
  if (job?.expiresAt !== undefined) job.expiry ??= state.expiring.add(job.expiresAt, job.generation, job)
}

/** A job that may expire, or might have, as the index of a broken store has it. */
type Entry = Pick<StoredJob, 'id' | 'name' | 'expiresAt'>

/** Stores that let jobs expire wrongly. */
export const expiryFaults: readonly Fault[] = [
  fault('never lets a job expire', 'expiry/claim expiry/reap expiry/many expiry/no-trace expiry/shown', (sound) =>
    pushing(sound, ({ expiresAt: _expiresAt, ...job }) => job),
  ),
  fault(
    'leaves it to the reaper to let jobs expire',
    'expiry/claim expiry/no-trace expiry/redriven expiry/many',
    ({ store, state }) => ({
      async claim(input) {
        const kept = [...state.jobs.values()].map((job) => [job, job.expiresAt] as const)
        for (const [job] of kept) job.expiresAt = undefined
        const result = await store.claim(input)
        for (const [job, expiresAt] of kept) job.expiresAt = expiresAt
        return result
      },
    }),
  ),
  fault(
    'gives what has expired the generation of before when it is redriven',
    'expiry/redriven-generation',
    ({ store, state }) => ({
      async redrive(input) {
        const before = [...state.jobs.values()].map((job) => [job, job.generation] as const)
        const outcomes = await store.redrive(input)
        for (const [job, generation] of before) job.generation = generation
        return outcomes
      },
    }),
  ),
  fault(
    'leaves it to claims to let jobs expire',
    'expiry/reap expiry/exactly expiry/order expiry/rescheduled',
    (sound) => expiringOnly(sound, () => false),
  ),
  fault('passes over what has expired, and leaves it ready', 'expiry/claim', ({ store, clock }) => ({
    async claim(input) {
      const late = (await all(store, 'ready')).filter(({ expiresAt = Infinity }) => expiresAt <= clock.now())
      const result = await store.claim(input)
      const ids = (await store.get({ ids: late.map(({ id }) => id) })).flatMap((job) => job?.id ?? [])
      await store.redrive({ ids })
      return result
    },
  })),
  fault('lets a job expire one millisecond late', 'expiry/exactly', (sound) => ({
    ...pushing(sound, (job) => (job.expiresAt === undefined ? job : { ...job, expiresAt: job.expiresAt + 1 })),
    ...showing(sound, (job) => (job.expiresAt === undefined ? job : { ...job, expiresAt: job.expiresAt - 1 })),
  })),
  fault('lets a job expire one millisecond early', 'expiry/exactly', (sound) => ({
    ...pushing(sound, (job) => (job.expiresAt === undefined ? job : { ...job, expiresAt: job.expiresAt - 1 })),
    ...showing(sound, (job) => (job.expiresAt === undefined ? job : { ...job, expiresAt: job.expiresAt + 1 })),
  })),
  fault(
    'says nothing of what has expired',
    'expiry/exactly expiry/reap expiry/order expiry/rescheduled',
    ({ store }) => ({
      reap: async (input) => ({ ...(await store.reap(input)), expired: [] }),
    }),
  ),
  fault('says it again at the next reap that a job has expired', 'expiry/reap expiry/order', ({ store }) => {
    const before: Pick<StoredJob, 'id' | 'name'>[] = []
    return {
      async reap(input) {
        const result = await store.reap(input)
        before.push(...result.expired)
        return { ...result, expired: [...before] }
      },
    }
  }),
  fault('lets ready jobs alone expire', 'expiry/reap expiry/rescheduled', (sound) =>
    expiringOnly(sound, ({ home }) => home?.state === 'ready'),
  ),
  fault('says `attempts` of a job that has expired', 'expiry/claim expiry/reap', (sound) =>
    showing(sound, (job) => (job.deadReason === 'expired' ? { ...job, deadReason: 'attempts' } : job)),
  ),
  fault('counts expiry as an attempt that failed', 'expiry/claim', (sound) =>
    showing(sound, (job) => (job.deadReason === 'expired' ? { ...job, attempts: 1, error: 'expired' } : job)),
  ),
  fault('ends what has expired in the order in which it was pushed', 'expiry/order', ({ state, clock }) => {
    state.expiring.first = () => {
      const entries = state.expiring.sorted()
      return entries.filter(({ at }) => at <= clock.now()).toSorted((a, b) => a.order - b.order)[0] ?? entries[0]
    }
    return {}
  }),
  fault('ends the last of equals first when they expire', 'expiry/order', ({ state }) => {
    const { expiring } = state
    expiring.first = () => {
      const entries = expiring.sorted()
      return entries.findLast(({ at }) => at === entries[0]?.at)
    }
    return {}
  }),

  fault(
    'lets a job expire that comes back from a run',
    'expiry/started-retry expiry/started-release expiry/started-reap',
    (sound) =>
      queueing(sound, (queue) => {
        const push = queue.push.bind(queue)
        queue.push = (job) => {
          if (job.claims > 0) mayExpireAgain(sound, job)
          return push(job)
        }
      }),
  ),
  fault('lets a job expire under its worker', 'expiry/active expiry/started-reap', (sound) => ({
    async claim(input) {
      const result = await sound.store.claim(input)
      for (const { id } of result.jobs) mayExpireAgain(sound, sound.state.jobs.get(id))
      return result
    },
  })),
  fault('keeps what has expired for an hour, whatever its retention', 'expiry/no-trace', (sound) =>
    pushing(sound, (job) =>
      job.expiresAt === undefined ? job : { ...job, retention: { ...job.retention, deadMs: HOUR } },
    ),
  ),
  fault('ends the next job of an id when the first would have expired', 'expiry/no-trace', ({ store, clock }) => {
    const index = new Map<string, number>()
    return {
      enqueue(input) {
        for (const { id, expiresAt } of input.jobs) if (expiresAt !== undefined) index.set(id, expiresAt)
        return store.enqueue(input)
      },
      async reap(input) {
        const late = [...index].filter(([, at]) => at <= clock.now()).map(([id]) => id)
        const waiting = (await store.get({ ids: late })).filter((job) => job?.state === 'ready' && job.claims === 0)
        const result = await store.reap(input)
        await store.remove({ ids: waiting.flatMap((job) => (job?.expiresAt === undefined ? (job?.id ?? []) : [])) })
        return result
      },
    }
  }),
  fault('still lets expire what was removed or cancelled', 'expiry/removed', ({ store, clock }) => {
    const gone: Entry[] = []
    const noteWaiting = async (ids: readonly string[]): Promise<void> => {
      for (const job of await store.get({ ids }))
        if (job?.state === 'ready' || job?.state === 'scheduled') gone.push(job)
    }
    return {
      cancel: async (input) => (await noteWaiting(input.ids), store.cancel(input)),
      remove: async (input) => (await noteWaiting(input.ids), store.remove(input)),
      async reap(input) {
        const result = await store.reap(input)
        const late = gone.filter(({ expiresAt = Infinity }) => expiresAt <= clock.now())
        return { ...result, expired: [...result.expired, ...late.map(({ id, name }) => ({ id, name }))] }
      },
    }
  }),
  fault('forgets at a reschedule that a job expires', 'expiry/rescheduled', ({ store, state }) => ({
    reschedule(input) {
      for (const { id } of input.entries) {
        const job = state.jobs.get(id)
        if (job?.expiry === undefined) continue
        state.expiring.remove(job.expiry)
        Object.assign(job, { expiry: undefined, expiresAt: undefined })
      }
      return store.reschedule(input)
    },
  })),
  fault('lets a job expire again that was redriven', 'expiry/redriven', ({ store, state }) => ({
    async redrive(input) {
      const before = (await store.get(input)).map((job) => job?.expiresAt)
      const outcomes = await store.redrive(input)
      for (const [index, id] of input.ids.entries()) {
        const job = state.jobs.get(id)
        if (job !== undefined && outcomes[index]?.status === 'redriven') job.expiresAt = before[index]
      }
      return outcomes
    },
  })),
  fault('does not show when a job expires', 'expiry/shown', (sound) =>
    showing(sound, ({ expiresAt: _expiresAt, ...job }) => job),
  ),
  fault('looks for a job among the first thousand, of which all have expired', 'expiry/many', ({ store, clock }) => ({
    async claim(input) {
      const { jobs } = await store.list({ name: input.name, state: 'ready', limit: 1_000 })
      const late = jobs.filter(({ claims, expiresAt = Infinity }) => claims === 0 && expiresAt <= clock.now())
      return late.length === 1_000 ? { jobs: [], more: false } : store.claim(input)
    },
  })),
]
