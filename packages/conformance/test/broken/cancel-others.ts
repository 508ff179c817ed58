import type { FireOutcome } from '@goscheds/core'
import { fault, type Fault } from './fault.js'
import { isPush, seeing, stateOf } from './inside.js'
import { cells, leaving, taking } from './inside-schedules.js'

/** Stores that do something else than was asked for when a fire is to cancel the other runs. */
export const cancelOtherFaults: readonly Fault[] = [
  fault('cancels the run that holds the key alone', 'overlap/cancelOther-every overlap/cancelOther-parked', (sound) => {
    const { keys } = sound.state
    const parkedBehind = keys.parkedBehind.bind(keys)
    let isCancelling = false
    keys.parkedBehind = (job) => (isCancelling ? [] : parkedBehind(job))
    return {
      async fireSchedule({ fires }) {
        const outcomes: FireOutcome[] = []
        for (const fire of fires) {
          isCancelling = fire.overlap === 'cancelOther'
          outcomes.push(...(await sound.store.fireSchedule({ fires: [fire] })))
        }
        return outcomes
      },
    }
  }),
  fault('asks no running job to end', 'overlap/cancelOther-running', (sound) =>
    leaving(sound, ({ fire, outcome }) => {
      if (fire.overlap !== 'cancelOther' || outcome.status !== 'buffered') return undefined
      for (const job of sound.state.jobs.values()) job.cancelRequested = false
      return undefined
    }),
  ),
  fault('tells nobody that it cancels a running job', 'overlap/cancelOther-running', ({ store }) => ({
    subscribe: (listener, of) =>
      store.subscribe((hint) => {
        if (hint.type !== 'cancel') listener(hint)
      }, of),
  })),
  fault(
    'removes what it cancels for another',
    `overlap/cancelOther-every ${cells(['cancelOther'], ['ready', 'scheduled', 'parked'])}`,
    (sound) =>
      leaving(sound, async ({ fire }) => {
        if (fire.overlap !== 'cancelOther') return undefined
        const gone = [...sound.state.jobs.values()].filter((job) => stateOf(job) === 'cancelled')
        await sound.store.remove({ ids: gone.map(({ id }) => id) })
        return undefined
      }),
  ),
  fault('keeps what it cancels for another', 'overlap/cancelOther-retention', (sound) =>
    taking(sound, (fire) => {
      const { run } = fire
      if (run === undefined) return fire
      const retention = { ...run.job.retention, completedMs: 3_600_000 }
      return { ...fire, run: { ...run, job: { ...run.job, retention } } }
    }),
  ),
  fault(
    'starts another beside a running one that it cancels',
    cells(['cancelOther'], ['active', 'cancel-requested', 'parked']),
    (sound) => seeing(sound, (hold, asker) => (!isPush(asker) && stateOf(hold.job) === 'active' ? undefined : hold)),
  ),
]
