import type { Settlement, Store } from '@goscheds/core'
import { claiming, fault, type Fault, type Sound } from './fault.js'

type Kept = 'progress' | 'checkpoint' | 'log'

const everything: readonly Kept[] = ['progress', 'checkpoint', 'log']

/** The store loses what these jobs have reported. */
export function lose({ state }: Sound, ids: readonly string[], what = everything): void {
  for (const id of ids) {
    const job = state.jobs.get(id)
    for (const field of what) delete job?.[field]
  }
}

/** `settle` that loses something of the jobs that it ends in a certain way. */
function losing(sound: Sound, isSo: (settlement: Settlement) => boolean, what?: readonly Kept[]): Partial<Store> {
  return {
    async settle({ entries }) {
      const ending = entries.filter(({ settlement }) => isSo(settlement))
      const outcomes = await sound.store.settle({ entries })
      lose(
        sound,
        ending.map(({ lease }) => lease.id),
        what,
      )
      return outcomes
    },
  }
}

/** A store in which the next job of an id finds what the one before had reported, which went in a watched call. */
function leavingBehind(
  { store, state }: Sound,
  watched: (watch: <T>(call: Promise<T>) => Promise<T>) => Partial<Store>,
): Partial<Store> {
  const jobs = new Map<string, object>()
  const left = new Map<string, object>()
  return {
    async enqueue(input) {
      const outcomes = await store.enqueue(input)
      for (const { id } of input.jobs) {
        const job = state.jobs.get(id)
        if (job === undefined) continue
        if (left.has(id)) Object.assign(job, left.get(id))
        left.delete(id)
        jobs.set(id, job)
      }
      return outcomes
    },
    ...watched(async (call) => {
      const result = await call
      for (const [id, job] of jobs) {
        if (state.jobs.has(id)) continue
        const texts = Object.entries(job).filter(([field]) => everything.some((kept) => kept === field))
        left.set(id, Object.fromEntries(texts))
        jobs.delete(id)
      }
      return result
    }),
  }
}

/** Stores that keep what a job has reported for too short a time, or for too long. */
export const keepingReportsFaults: readonly Fault[] = [
  fault('loses the checkpoint at a retry', 'report/kept-by-retry', (sound) =>
    losing(sound, (settlement) => settlement.type === 'retry' && settlement.delayMs === 0, ['checkpoint']),
  ),
  fault('loses what a job has reported when it waits for its retry', 'report/kept-by-delayed-retry', (sound) =>
    losing(sound, (settlement) => settlement.type === 'retry' && settlement.delayMs > 0),
  ),
  fault('loses the checkpoint at a release', 'report/kept-by-release report/checkpoint-among-others', (sound) =>
    losing(sound, ({ type }) => type === 'released', ['checkpoint']),
  ),
  fault('loses the log of a job that goes back', 'report/kept-by-release report/kept-by-retry', (sound) =>
    losing(sound, ({ type }) => type === 'released' || type === 'retry', ['log']),
  ),
  fault('loses what a vanished worker had reported', 'report/kept-by-reap', (sound) => ({
    async reap(input) {
      const result = await sound.store.reap(input)
      lose(
        sound,
        result.reaped.map(({ id }) => id),
      )
      return result
    },
  })),
  fault('loses the checkpoint at a redrive', 'report/kept-by-redrive', (sound) => ({
    async redrive(input) {
      const outcomes = await sound.store.redrive(input)
      lose(sound, input.ids, ['checkpoint'])
      return outcomes
    },
  })),
  fault(
    'begins the progress anew with each claim',
    'report/kept-by-retry report/kept-by-delayed-retry report/kept-by-release report/kept-by-reap report/kept-by-redrive',
    (sound) =>
      claiming(sound, (job) => {
        lose(sound, [job.id], ['progress'])
        return job
      }),
  ),
  fault(
    'shows a checkpoint and does not hand it out',
    'report/kept-by-retry report/kept-by-reap report/checkpoint-among-others',
    (sound) => claiming(sound, ({ checkpoint: _checkpoint, ...job }) => job),
  ),
  fault('hands out an empty checkpoint with a first claim', 'report/first-claim', (sound) =>
    claiming(sound, (job) => ({ checkpoint: '', ...job })),
  ),
  fault('hands out the checkpoints that it finds in a row', 'report/checkpoint-among-others', ({ store }) => ({
    async claim(input) {
      const { jobs, ...rest } = await store.claim(input)
      const found = jobs.flatMap(({ checkpoint }) => checkpoint ?? [])
      return {
        jobs: jobs.map(({ checkpoint: _own, ...job }, index) => {
          const checkpoint = found[index]
          return checkpoint === undefined ? job : { ...job, checkpoint }
        }),
        ...rest,
      }
    },
  })),
  fault('drops the progress when the job ends', 'report/ended', (sound) =>
    losing(sound, ({ type }) => type === 'completed' || type === 'dead' || type === 'cancelled', ['progress']),
  ),
  fault('drops the log when the job ends', 'report/ended', (sound) =>
    losing(sound, ({ type }) => type === 'completed' || type === 'dead' || type === 'cancelled', ['log']),
  ),
  fault('lists jobs with their logs', 'report/ended', ({ store, state }) => ({
    async list(input) {
      const { jobs, cursor } = await store.list(input)
      const withLog = jobs.map((job) => {
        const log = state.jobs.get(job.id)?.log
        return log === undefined ? job : { ...job, log }
      })
      return { jobs: withLog, cursor }
    },
  })),

  fault('leaves behind what a completed job had reported', 'report/gone-when-completed', (sound) =>
    leavingBehind(sound, (watch) => ({ settle: (input) => watch(sound.store.settle(input)) })),
  ),
  fault('leaves behind what a removed job had reported', 'report/gone-when-removed', (sound) =>
    leavingBehind(sound, (watch) => ({ remove: (input) => watch(sound.store.remove(input)) })),
  ),
  fault('leaves behind what a pruned job had reported', 'report/gone-when-pruned', (sound) =>
    leavingBehind(sound, (watch) => ({ prune: (input) => watch(sound.store.prune(input)) })),
  ),
]
