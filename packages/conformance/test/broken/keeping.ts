import type { FinishedState, JobState, NewJob, Store, StoredJob } from '@goscheds/core'
import { fault, type Fault, settling, type Sound } from './fault.js'

const finishedStates: readonly FinishedState[] = ['completed', 'dead', 'cancelled']

/** `enqueue` of jobs without a bound of their own. */
function unbounded({ store }: Sound): Partial<Store> {
  return {
    enqueue: ({ jobs }) =>
      store.enqueue({
        jobs: jobs.map(({ retention: { completedMs, deadMs }, ...job }): NewJob => ({
          ...job,
          retention: { completedMs, deadMs },
        })),
      }),
  }
}

/** A store that trims after each settlement as `cut` says, in place of the sound one: it answers what to remove. */
function trimming(
  sound: Sound,
  cut: (bound: { name: string; state: FinishedState; maxCount: number; id: string }) => Promise<readonly StoredJob[]>,
): Partial<Store> {
  return {
    async settle({ entries }) {
      const outcomes = []
      for (const { lease, settlement } of entries) {
        const { maxCount, ...whole } = { maxCount: undefined, ...settlement }
        outcomes.push(...(await sound.store.settle({ entries: [{ lease, settlement: whole }] })))
        const state = finishedStates.find((one) => one === settlement.type)
        if (maxCount === undefined || state === undefined || outcomes.at(-1)?.status !== 'settled') continue
        const gone = await cut({ name: lease.name, state, maxCount, id: lease.id })
        await sound.store.remove({ ids: gone.map(({ id }) => id) })
      }
      return outcomes
    },
  }
}

/** The jobs of a name and state, those first whose retention ends first. */
async function kept({ store }: Sound, name: string, state: JobState): Promise<readonly StoredJob[]> {
  return (await store.list({ name, state, limit: 10_000 })).jobs
}

/** What is too much at the beginning of a list. */
function surplus(jobs: readonly StoredJob[], maxCount: number): readonly StoredJob[] {
  return jobs.slice(0, Math.max(0, jobs.length - maxCount))
}

/** A call during which jobs in some states have no bound of their own. */
async function withoutBound<T>({ state }: Sound, states: readonly JobState[], call: () => Promise<T>): Promise<T> {
  const jobs = [...state.jobs.values()].filter(({ home }) => home !== undefined && states.includes(home.state))
  const before = jobs.map(({ retention }) => retention)
  for (const job of jobs) {
    const { completedMs, deadMs } = job.retention
    Object.assign(job, { retention: { completedMs, deadMs } })
  }
  const result = await call()
  for (const [index, job] of jobs.entries()) Object.assign(job, { retention: before[index] })
  return result
}

/** Stores that keep too many finished jobs, or the wrong ones. */
export const keepingFaults: readonly Fault[] = [
  fault(
    'keeps as many finished jobs as there are',
    'kept/max-count-completed kept/max-count-dead kept/max-count-cancelled kept/max-count-earliest-end kept/max-count-own',
    (sound) => ({ ...unbounded(sound), ...trimming(sound, async () => []) }),
  ),
  ...finishedStates.map((state) =>
    fault(`does not bound ${state} jobs`, `kept/max-count-${state}`, (sound) =>
      settling(sound, (settlement) => {
        if (settlement.type !== state) return settlement
        const { maxCount: _bound, ...unlimited } = { maxCount: undefined, ...settlement }
        return unlimited
      }),
    ),
  ),
  fault(
    'keeps one finished job more than maxCount',
    'kept/max-count-completed kept/max-count-dead kept/max-count-cancelled',
    (sound) =>
      trimming(sound, async ({ name, state, maxCount }) => surplus(await kept(sound, name, state), maxCount + 1)),
  ),
  fault(
    'removes what has just ended when there is too much',
    'kept/max-count-completed kept/max-count-dead kept/max-count-cancelled kept/max-count-earliest-end',
    (sound) =>
      trimming(sound, async ({ name, state, maxCount, id }) => {
        const jobs = await kept(sound, name, state)
        return jobs.length > maxCount ? jobs.filter((job) => job.id === id) : []
      }),
  ),
  fault('removes what ended first when there is too much', 'kept/max-count-earliest-end', (sound) =>
    trimming(sound, async ({ name, state, maxCount }) => {
      const jobs = await kept(sound, name, state)
      // Those with a later retention come later, and among those that end together the older first.
      return surplus(
        jobs.toSorted((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || a.generation - b.generation),
        maxCount,
      )
    }),
  ),
  fault('removes what came later of jobs that end together', 'kept/max-count-same-end', (sound) =>
    trimming(sound, async ({ name, state, maxCount }) => {
      const jobs = await kept(sound, name, state)
      return surplus(
        jobs.toSorted((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || b.generation - a.generation),
        maxCount,
      )
    }),
  ),
  fault('counts the kept jobs of all names', 'kept/max-count-others', (sound) =>
    trimming(sound, async ({ state, maxCount }) => {
      const names = (await sound.store.counts({})).map(({ name }) => name)
      return surplus((await Promise.all(names.map((name) => kept(sound, name, state)))).flat(), maxCount)
    }),
  ),
  fault('counts the kept jobs of all ends', 'kept/max-count-others', (sound) =>
    trimming(sound, async ({ name, maxCount }) =>
      surplus((await Promise.all(finishedStates.map((state) => kept(sound, name, state)))).flat(), maxCount),
    ),
  ),
  fault('bounds only what a worker ends', 'kept/max-count-own', unbounded),
  fault('forgets the bound of a job that is cancelled while it waits', 'kept/max-count-own', (sound) => ({
    cancel: (input) => withoutBound(sound, ['scheduled', 'ready'], () => sound.store.cancel(input)),
  })),
  fault('forgets the bound of a job that expires', 'kept/max-count-own', (sound) => ({
    reap: (input) => withoutBound(sound, ['scheduled', 'ready'], () => sound.store.reap(input)),
  })),
  fault('forgets the bound of a job that the reaper ends', 'kept/max-count-own', (sound) => ({
    reap: (input) => withoutBound(sound, ['active'], () => sound.store.reap(input)),
  })),
]
