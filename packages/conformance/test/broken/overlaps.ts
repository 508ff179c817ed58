import type { FireOutcome, JobState, Overlap, Store } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { type InnerJob, isPush, seeing, stateOf } from './inside.js'
import { answeringFires, cells, leaving, taking } from './inside-schedules.js'

const places = ['scheduled', 'ready', 'active', 'cancel-requested', 'parked'] as const
const ends = ['completed', 'dead', 'cancelled'] as const

/** A store whose fires do not see the run that is going on, where it is in this state. */
function blindTo(sound: Sound, isUnseen: (job: InnerJob) => boolean): Partial<Store> {
  return seeing(sound, (hold, asker) => (isPush(asker) && isUnseen(hold.job) ? undefined : hold))
}

/** A store that takes an overlap for another. */
function taken(sound: Sound, from: Overlap, to: Overlap): Partial<Store> {
  return taking(sound, (fire) => (fire.overlap === from ? { ...fire, overlap: to } : fire))
}

const keyed = ['skip', 'bufferOne', 'bufferAll', 'cancelOther'] as const

/** The last job that a fire of the schedule has made, if it is there still. */
function lastOf({ state }: Sound, id: string): InnerJob | undefined {
  const made = state.schedules.get(id)?.fires.flatMap(({ jobId }) => state.jobs.get(jobId ?? '') ?? []) ?? []
  return made.at(-1)
}

function unseenIn(name: string, state: JobState, where: readonly string[]): Fault {
  return fault(name, cells(['skip', 'bufferOne', 'bufferAll'], where), (sound) =>
    blindTo(sound, (job) => stateOf(job) === state),
  )
}

/** Stores that do something else than was asked for about a run that is going on. */
export const overlapFaults: readonly Fault[] = [
  unseenIn('fires beside a run that is to be retried', 'scheduled', ['scheduled']),
  unseenIn('fires beside a run that is ready', 'ready', ['ready']),
  unseenIn('fires beside a run that is active', 'active', ['active', 'cancel-requested', 'parked']),
  fault('fires beside a run that is to be cancelled', cells(['skip', 'bufferAll'], ['cancel-requested']), (sound) =>
    blindTo(sound, ({ cancelRequested }) => cancelRequested),
  ),
  fault('takes `allowAll` for `skip`', cells(['allowAll'], places), (sound) =>
    answeringFires(sound, ({ overlap, id, run }) => {
      const last = lastOf(sound, id)
      const state = last && stateOf(last)
      const isGoingOn = state === 'scheduled' || state === 'ready' || state === 'active'
      if (overlap !== 'allowAll' || !isGoingOn || run === undefined || sound.state.jobs.has(run.job.id))
        return undefined
      return { status: 'skipped', jobId: last?.id ?? '' }
    }),
  ),
  fault('takes `skip` for `bufferOne`', `${cells(['skip'], places.slice(0, 4))} table/fire-skip/ready`, (sound) =>
    taken(sound, 'skip', 'bufferOne'),
  ),
  fault(
    'takes `bufferOne` for `skip`',
    `${cells(['bufferOne'], places.slice(0, 4))} table/fire-buffer-one/active`,
    (sound) => taken(sound, 'bufferOne', 'skip'),
  ),
  fault('takes `bufferOne` for `bufferAll`', 'overlap/bufferOne-parked overlap/counted', (sound) =>
    taken(sound, 'bufferOne', 'bufferAll'),
  ),
  fault(
    'takes `bufferAll` for `bufferOne`',
    'overlap/bufferAll-parked overlap/one-after-another table/fire-buffer-all/parked',
    (sound) => taken(sound, 'bufferAll', 'bufferOne'),
  ),
  fault(
    'takes `cancelOther` for `bufferAll`',
    `${cells(['cancelOther'], ['scheduled', 'ready', 'parked'])} overlap/cancelOther-running overlap/cancelOther-every table/fire-cancel-other/scheduled`,
    (sound) => taken(sound, 'cancelOther', 'bufferAll'),
  ),
  fault('takes `cancelOther` for `skip`', cells(['cancelOther'], places), (sound) =>
    taken(sound, 'cancelOther', 'skip'),
  ),
  fault('takes a run that is kept for one that is going on', cells([...keyed, 'allowAll'], ends), (sound) =>
    answeringFires(sound, ({ id, run }) => {
      const last = lastOf(sound, id)
      return run === undefined || last === undefined || sound.state.jobs.has(run.job.id)
        ? undefined
        : { status: 'skipped', jobId: last.id }
    }),
  ),
  fault('parks the job of the first fire', cells(keyed, ['none']), (sound) =>
    leaving(sound, ({ outcome, before }) => {
      const job = outcome.status === 'fired' ? sound.state.jobs.get(outcome.jobId) : undefined
      if (job === undefined || job.home?.state !== 'ready' || before?.fires.length !== 0) return undefined
      void sound.store.reschedule({ entries: [{ id: job.id, delayMs: 3_600_000 }] })
      return undefined
    }),
  ),
  fault('fires nothing at first', `${cells([...keyed, 'allowAll'], ['none'])} table/fire-allow-all/active`, (sound) =>
    answeringFires(sound, ({ run }, schedule) =>
      schedule?.fires.length === 0 && run !== undefined ? { status: 'duplicate', jobId: run.job.id } : undefined,
    ),
  ),
  fault('names the job of the fire where it is skipped', cells(['skip'], places.slice(0, 4)), (sound) => ({
    async fireSchedule({ fires }) {
      const outcomes = await sound.store.fireSchedule({ fires })
      return outcomes.map((outcome, index): FireOutcome => {
        return outcome.status === 'skipped' ? { ...outcome, jobId: fires[index]?.run?.job.id ?? '' } : outcome
      })
    },
  })),
  fault('names the parked job where a fire is skipped', 'overlap/bufferOne-parked overlap/skip-parked', (sound) => ({
    async fireSchedule(input) {
      const outcomes = await sound.store.fireSchedule(input)
      return outcomes.map((outcome): FireOutcome => {
        const holder = outcome.status === 'skipped' ? sound.state.jobs.get(outcome.jobId) : undefined
        const parked = holder && sound.state.keys.firstParked(holder)
        return parked === undefined || outcome.status !== 'skipped' ? outcome : { ...outcome, jobId: parked.id }
      })
    },
  })),
  fault(
    'says that a job was fired that is parked',
    cells(['bufferOne', 'bufferAll'], ['active', 'ready']),
    (sound) => ({
      async fireSchedule(input) {
        const outcomes = await sound.store.fireSchedule(input)
        return outcomes.map((outcome) => (outcome.status === 'buffered' ? { ...outcome, status: 'fired' } : outcome))
      },
    }),
  ),

  fault('counts nothing as skipped', 'overlap/counted', (sound) => leaving(sound, () => ({ skipped: 0 }))),
  fault('counts what is buffered once it is ready', 'overlap/counted overlap/max-runs', (sound) =>
    leaving(sound, ({ outcome, before }) =>
      outcome.status === 'buffered' && before ? { fired: before.fired } : undefined,
    ),
  ),
  fault('keeps the job of a fire that was skipped', 'overlap/counted', (sound) =>
    leaving(sound, ({ outcome, after }) => {
      const last = after?.fires.at(-1)
      if (outcome.status !== 'skipped' || after === undefined || last === undefined) return undefined
      return { fires: [...after.fires.slice(0, -1), { ...last, jobId: outcome.jobId }] }
    }),
  ),
  fault('counts what is skipped as a run', 'overlap/max-runs', (sound) =>
    leaving(sound, ({ fire, after }) =>
      after !== undefined && after.fired + after.skipped >= (fire.turn?.maxRuns ?? Infinity)
        ? { next: null }
        : undefined,
    ),
  ),
  fault('allows all that is fired out of turn', 'overlap/out-of-turn overlap/bufferAll-bound', (sound) =>
    taking(sound, (fire) => {
      if (fire.turn !== undefined || fire.run === undefined) return fire
      const { unique: _, ...job } = fire.run.job
      return { ...fire, overlap: 'allowAll', run: { ...fire.run, job } }
    }),
  ),
  fault('looks once in a call what is going on', 'overlap/in-one-call', (sound) => {
    let isInCall = false
    const { keys } = sound.state
    const take = keys.take.bind(keys)
    keys.take = (job, now) => {
      if (!isInCall) take(job, now)
    }
    return {
      fireSchedule({ fires }) {
        isInCall = fires.length > 1
        const outcomes = sound.store.fireSchedule({ fires })
        isInCall = false
        return outcomes
      },
    }
  }),
  fault('looks first at what is going on', 'overlap/duplicate-first', (sound) =>
    answeringFires(sound, ({ overlap, run }) => {
      const { name = '', unique } = run?.job ?? {}
      const hold = unique && sound.state.keys.holdOf({ name, unique }, sound.clock.now())
      return hold !== undefined && overlap === 'skip' ? { status: 'skipped', jobId: hold.job.id } : undefined
    }),
  ),
  fault('sees no run that was pushed', 'overlap/pushed', (sound) => blindTo(sound, ({ id }) => !id.includes('@'))),
  fault('does not see a key that is held for a time', 'overlap/behind-ttl', (sound) =>
    seeing(sound, (hold, asker) => (isPush(asker) && hold.endsAt !== undefined ? undefined : hold)),
  ),
  fault('takes a key that is held for a time for one of a run', 'overlap/behind-ttl', (sound) =>
    seeing(sound, (hold, asker) => (isPush(asker) ? { job: hold.job } : hold)),
  ),
  fault('takes the runs of a name for those of a schedule', 'overlap/other-schedules', (sound) =>
    taking(sound, (fire) => {
      const { run } = fire
      if (run?.job.unique === undefined) return fire
      return { ...fire, run: { ...run, job: { ...run.job, unique: { ...run.job.unique, key: 'schedule' } } } }
    }),
  ),
  fault('parks as many jobs as there are', 'overlap/bufferAll-bound', ({ state: { keys } }) => {
    const parkedBehind = keys.parkedBehind.bind(keys)
    keys.parkedBehind = (job) => parkedBehind(job).slice(0, 999)
    return {}
  }),
]
