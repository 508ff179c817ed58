import type { Store } from '@goscheds/core'
import { fault, type Fault, showing, type Sound } from './fault.js'
import { anyHold, type Doing, type InnerJob, pushing, stateOf, telling } from './inside.js'

/** A store that holds some keys on, by what it is doing. A job that is kept has its state already. */
function holding(sound: Sound, holds: (doing: Doing, job: InnerJob) => boolean): Partial<Store> {
  const { keys } = sound.state
  const free = keys.free.bind(keys)
  let doing: Doing = 'other'
  keys.free = (job) => (holds(doing, job) ? undefined : free(job))
  return telling(sound, (now) => void (doing = now))
}

/** A store that also frees the key of what is settled in these ways, and lets nobody who is parked have it. */
function freeingAlso({ store, state }: Sound, type: 'retry' | 'released'): Partial<Store> {
  return {
    async settle(input) {
      const outcomes = await store.settle(input)
      for (const { lease, settlement } of input.entries) {
        const job = state.jobs.get(lease.id)
        if (settlement.type === type && job !== undefined) state.keys.free(job)
      }
      return outcomes
    },
  }
}

/** A store in which what comes back from a run, while it does so, takes no key. */
function notTakingAgain(sound: Sound, when: Doing): Partial<Store> {
  const { keys } = sound.state
  const take = keys.take.bind(keys)
  let doing: Doing = 'other'
  keys.take = (job, now) => {
    if (doing !== when) take(job, now)
  }
  return telling(sound, (now) => void (doing = now))
}

/** Stores that free keys too late or never, or too early. Who is parked behind them is in `parked.ts`. */
export const uniqueFreedFaults: readonly Fault[] = [
  fault('frees no key with a job that leaves no trace', 'unique/freed-completed', (sound) =>
    holding(sound, (doing, job) => doing === 'completed' && stateOf(job) === undefined),
  ),
  fault(
    'holds a key for as long as its job is kept',
    'unique/freed-kept unique/freed-dead unique/freed-cancelled unique/freed-cancel-ready unique/freed-expired unique/redrive',
    (sound) => holding(sound, (_doing, job) => stateOf(job) !== undefined && stateOf(job) !== 'active'),
  ),
  fault(
    'frees a key by completion alone',
    'unique/freed-dead unique/freed-cancelled unique/freed-dead-by-the-reaper',
    (sound) => holding(sound, (doing) => doing !== 'completed' && doing !== 'claim' && doing !== 'other'),
  ),
  fault('does not free the key of a job that dies', 'unique/freed-dead unique/redrive', (sound) =>
    holding(sound, (doing) => doing === 'dead'),
  ),
  fault('does not free the key of a job that its worker ends as cancelled', 'unique/freed-cancelled', (sound) =>
    holding(sound, (doing) => doing === 'cancelled'),
  ),
  fault('does not free a key where a cancel overrules a retry', 'unique/freed-cancelled-by-request', (sound) =>
    holding(sound, (doing) => doing === 'retry'),
  ),
  fault('does not free the key of a job whose recoveries are spent', 'unique/freed-dead-by-the-reaper', (sound) =>
    holding(sound, (doing, job) => doing === 'reap' && job.deadReason === 'recoveries'),
  ),
  fault('does not free the key of a job that the reaper cancels', 'unique/freed-cancelled-by-the-reaper', (sound) =>
    holding(sound, (doing, job) => doing === 'reap' && stateOf(job) === 'cancelled'),
  ),
  fault('does not free a key at a cancel', 'unique/freed-cancel-scheduled unique/freed-cancel-ready', (sound) =>
    holding(sound, (doing) => doing === 'cancel'),
  ),
  fault('does not free a key at a removal', 'unique/freed-remove-scheduled unique/freed-remove-ready', (sound) =>
    holding(sound, (doing) => doing === 'remove'),
  ),
  fault('does not free the key of a job that expires at a claim', 'unique/freed-expired', (sound) =>
    holding(sound, (doing, job) => doing === 'claim' && job.deadReason === 'expired'),
  ),
  fault('does not free the key of a job that the reaper lets expire', 'unique/freed-expired', (sound) =>
    holding(sound, (doing, job) => doing === 'reap' && job.deadReason === 'expired'),
  ),
  fault('knows the holder of a key by its generation', 'unique/rescheduled-holder', (sound) => {
    const { keys } = sound.state
    const generations = new Map<InnerJob, number>()
    const take = keys.take.bind(keys)
    keys.take = (job, now) => {
      generations.set(job, job.generation)
      take(job, now)
    }
    return holding(sound, (_doing, job) => generations.get(job) !== job.generation)
  }),
  fault('frees one key in a call of settle', 'unique/settled-together', (sound) => {
    let freed = -Infinity
    return {
      ...holding(sound, () => freed++ > 0),
      settle(input) {
        freed = 0
        const outcomes = sound.store.settle(input)
        freed = -Infinity
        return outcomes
      },
    }
  }),
  fault('frees the key of the first job of a claim alone', 'unique/claimed-together', (sound) => {
    let freed = -Infinity
    return {
      ...holding(sound, () => freed++ > 0),
      claim(input) {
        freed = 0
        const result = sound.store.claim(input)
        freed = -Infinity
        return result
      },
    }
  }),
  fault('claims what its own claim has made ready', 'unique/claimed-together', ({ store }) => ({
    async claim(input) {
      const first = await store.claim(input)
      const { jobs } = await store.claim({ ...input, limit: input.limit - first.jobs.length })
      return { ...first, jobs: [...first.jobs, ...jobs] }
    },
  })),

  fault(
    'frees a key at a failed attempt',
    'unique/held-by-return unique/ignore-retrying unique/runAgain-retrying',
    (sound) => freeingAlso(sound, 'retry'),
  ),
  fault('frees the key of a job that is released', 'unique/held-by-return', (sound) => freeingAlso(sound, 'released')),
  fault('frees the key of a job that the reaper puts back', 'unique/held-by-return', ({ store, state }) => ({
    async reap(input) {
      const result = await store.reap(input)
      for (const { id, outcome } of result.reaped) {
        const job = state.jobs.get(id)
        if (outcome === 'ready' && job !== undefined) state.keys.free(job)
      }
      return result
    },
  })),

  fault(
    'holds every key until its job has finished',
    'unique/started unique/replace-started unique/started-retry',
    (sound) => {
      const asked = new Set<string>()
      return {
        ...pushing(sound, ({ unique, ...job }) => {
          if (unique?.until !== 'started') return unique === undefined ? job : { ...job, unique }
          asked.add(job.id)
          return { ...job, unique: { ...unique, until: 'finished' } }
        }),
        ...showing(sound, (job) =>
          job.unique !== undefined && asked.has(job.id) ? { ...job, unique: { ...job.unique, until: 'started' } } : job,
        ),
      }
    },
  ),
  fault(
    'frees every key when its job starts',
    'unique/ignore-active unique/replace-active unique/runAgain-active',
    ({ store, state }) => ({
      async claim(input) {
        const result = await store.claim(input)
        for (const { id } of result.jobs) {
          const job = state.jobs.get(id)
          if (job !== undefined) state.keys.free(job)
        }
        return result
      },
    }),
  ),
  fault('frees the key of the next with a job that had given it up', 'unique/started-not-freed-twice', (sound) => {
    const { state } = sound
    const free = state.keys.free.bind(state.keys)
    state.keys.free = (job) => {
      const hold = anyHold(state, job)
      return free(stateOf(job) === 'scheduled' ? job : (hold?.job ?? job))
    }
    return {}
  }),
  fault('does not take the key again at a retry', 'unique/started-retry', (sound) => notTakingAgain(sound, 'retry')),
  fault('does not take the key again at a release', 'unique/started-release unique/started-delayed-release', (sound) =>
    notTakingAgain(sound, 'released'),
  ),
  fault('does not take the key again for what it reaps', 'unique/started-reap', (sound) =>
    notTakingAgain(sound, 'reap'),
  ),
]
