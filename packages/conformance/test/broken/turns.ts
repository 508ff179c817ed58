import type { FireOutcome, ScheduleFire, StoredSchedule } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { answeringFires, everyOne, leaving, taking } from './inside-schedules.js'

/** The same fire, of what the schedule stands at. */
function agreeing({ state }: Sound, fire: ScheduleFire, what: 'revision' | 'fireAt'): ScheduleFire {
  const schedule = state.schedules.get(fire.id)
  if (fire.turn === undefined || schedule === undefined || schedule.next === null) return fire
  return { ...fire, turn: { ...fire.turn, [what]: { ...schedule, ...schedule.next }[what] } }
}

/** A store that pauses for jobs that are no reason to. */
function pausingFor(
  sound: Sound,
  isDead: (schedule: StoredSchedule, fire: ScheduleFire) => boolean,
): ReturnType<typeof answeringFires> {
  return answeringFires(sound, (fire, schedule): FireOutcome | undefined => {
    if (schedule === undefined || fire.turn?.pauseOnDead === undefined || !isDead(schedule, fire)) return undefined
    sound.state.schedules.set({ ...schedule, pausedNote: fire.turn.pauseOnDead, pausedAt: sound.clock.now() })
    return { status: 'paused' }
  })
}

function isDead({ state }: Sound, id: string | undefined): boolean {
  return state.jobs.get(id ?? '')?.home?.state === 'dead'
}

/** Stores that fire when they should not, and do not when they should. */
export const turnFaults: readonly Fault[] = [
  fault('reads where a schedule stands before it fires it', 'fires/once', (sound) => ({
    async fireSchedule({ fires }) {
      const stood = new Map(everyOne(sound).map(({ id, next }) => [id, next?.fireAt]))
      await sound.store.counts({ names: [] })
      const isIts = (fire: ScheduleFire): boolean => fire.turn?.fireAt === stood.get(fire.id)
      return sound.store.fireSchedule({
        fires: fires.map((fire) => (isIts(fire) ? agreeing(sound, fire, 'fireAt') : fire)),
      })
    },
  })),
  fault('looks once in a call where schedules stand', 'fires/once-in-a-call', (sound) => ({
    fireSchedule({ fires }) {
      const stood = new Map(everyOne(sound).map(({ id, next }) => [id, next?.fireAt]))
      const outcomes = fires.map((fire) => {
        const isIts = fire.turn?.fireAt === stood.get(fire.id)
        return sound.store.fireSchedule({ fires: [isIts ? agreeing(sound, fire, 'fireAt') : fire] })
      })
      return Promise.all(outcomes).then((each) => each.flat())
    },
  })),
  fault(
    'does not look where a schedule stands',
    'fires/once fires/once-in-a-call fires/repeated fires/moved fires/looks-in-order fires/moved-before-dead fires/survives-reopen',
    (sound) => taking(sound, (fire) => agreeing(sound, fire, 'fireAt')),
  ),
  fault(
    'does not look at the revision of a schedule',
    'fires/moved-on-new-revision fires/revision-never-again fires/looks-in-order',
    (sound) => taking(sound, (fire) => agreeing(sound, fire, 'revision')),
  ),
  fault('fires a turn that is behind where it stands', 'fires/moved fires/repeated', (sound) =>
    taking(sound, (fire) => {
      const stands = sound.state.schedules.get(fire.id)?.next?.fireAt ?? 0
      return (fire.turn?.fireAt ?? Infinity) < stands ? agreeing(sound, fire, 'fireAt') : fire
    }),
  ),
  fault('counts what a turn that is not its own passes over', 'fires/moved', (sound) =>
    leaving(sound, ({ outcome, fire, after }) =>
      outcome.status === 'moved' && after ? { missed: after.missed + (fire.turn?.missed ?? 0) } : undefined,
    ),
  ),

  fault('fires nothing of a call after a schedule that is not there', 'fires/outcome-per-fire', ({ store, state }) => ({
    async fireSchedule({ fires }) {
      const end = fires.findIndex(({ id }) => state.schedules.get(id) === undefined)
      const outcomes = await store.fireSchedule({ fires: end < 0 ? fires : fires.slice(0, end) })
      return [...outcomes, ...fires.slice(outcomes.length).map(() => ({ status: 'not-found' }) as const)]
    },
  })),
  fault('fires by schedule, and answers so', 'fires/outcome-per-fire', ({ store }) => ({
    fireSchedule: ({ fires }) => store.fireSchedule({ fires: fires.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }),
  })),
  fault('fires out of turn what is not there', 'fires/not-found fires/outcome-per-fire', (sound) => ({
    async fireSchedule({ fires }) {
      const outcomes = await sound.store.fireSchedule({ fires })
      const jobs = fires.flatMap(({ turn, run }, index) =>
        outcomes[index]?.status === 'not-found' && turn === undefined && run !== undefined ? [run.job] : [],
      )
      await sound.store.enqueue({ jobs })
      return outcomes
    },
  })),
  fault('says of a schedule that is not there that it has moved', 'fires/not-found fires/outcome-per-fire', (sound) =>
    answeringFires(sound, (_fire, schedule) => (schedule === undefined ? { status: 'moved' } : undefined)),
  ),

  fault('fires at the nominal time', 'fires/early', (sound) =>
    taking(sound, (fire) => {
      const schedule = sound.state.schedules.get(fire.id)
      if (schedule?.next && schedule.next.fireAt <= sound.clock.now() && schedule.next.dueAt > sound.clock.now()) {
        sound.state.schedules.set({ ...schedule, next: { ...schedule.next, dueAt: schedule.next.fireAt } })
      }
      return fire
    }),
  ),
  fault("takes the caller's word that a time has come", 'fires/early fires/looks-in-order', (sound) =>
    taking(sound, (fire) => {
      const schedule = sound.state.schedules.get(fire.id)
      if (schedule?.next && fire.turn?.fireAt === schedule.next.fireAt) {
        sound.state.schedules.set({ ...schedule, next: { ...schedule.next, dueAt: 0 } })
      }
      return fire
    }),
  ),
  fault('fires a millisecond late', 'fires/early', (sound) =>
    answeringFires(sound, ({ turn }, schedule) =>
      turn && schedule?.next?.dueAt === sound.clock.now() ? { status: 'early' } : undefined,
    ),
  ),
  fault('passes over times that have not come', 'fires/early', (sound) =>
    answeringFires(sound, ({ turn, run }, schedule) => {
      if (turn === undefined || run !== undefined || (schedule?.next?.dueAt ?? 0) <= sound.clock.now()) return undefined
      if (schedule !== undefined) sound.state.schedules.set({ ...schedule, next: turn.next })
      return { status: 'passed' }
    }),
  ),
  fault('schedules the job of a fire that is not due', 'fires/early-job', (sound) => ({
    async fireSchedule({ fires }) {
      const now = sound.clock.now()
      const later = fires.flatMap(({ run }) => (run !== undefined && (run.job.executeAt ?? 0) > now ? [run.job] : []))
      const outcomes = await sound.store.fireSchedule({ fires })
      await sound.store.enqueue({ jobs: later })
      return outcomes
    },
  })),
  fault('fires a job that is not due out of turn', 'fires/early-job', (sound) =>
    taking(sound, (fire) => {
      const { run, turn } = fire
      if (turn !== undefined || run === undefined) return fire
      return { ...fire, run: { ...run, job: { ...run.job, executeAt: 0 } } }
    }),
  ),

  fault('fires what is paused', 'fires/paused fires/looks-in-order fires/pause-on-dead', (sound) =>
    taking(sound, (fire) => {
      const schedule = sound.state.schedules.get(fire.id)
      if (schedule?.pausedNote !== undefined) {
        const { pausedNote: _n, pausedAt: _a, ...resumed } = schedule
        sound.state.schedules.set(resumed)
      }
      return fire
    }),
  ),
  fault('fires nothing out of turn of what is paused', 'fires/out-of-turn-no-more', (sound) =>
    answeringFires(sound, (_fire, schedule) => (schedule?.pausedNote === undefined ? undefined : { status: 'paused' })),
  ),
  fault('fires nothing out of turn of what fires no more', 'fires/out-of-turn-no-more', (sound) =>
    answeringFires(sound, (_fire, schedule) => (schedule?.next === null ? { status: 'moved' } : undefined)),
  ),
  fault('fires nothing out of turn before its time', 'fires/out-of-turn fires/looks-in-order', (sound) =>
    answeringFires(sound, ({ turn }, schedule) =>
      turn === undefined && (schedule?.next?.dueAt ?? 0) > sound.clock.now() ? { status: 'early' } : undefined,
    ),
  ),
  fault('says of what is paused first that it is', 'fires/looks-in-order', (sound) =>
    answeringFires(sound, ({ turn }, schedule) =>
      turn !== undefined && schedule?.pausedNote !== undefined ? { status: 'paused' } : undefined,
    ),
  ),
  fault('says of what is early first that it is', 'fires/looks-in-order', (sound) =>
    answeringFires(sound, ({ turn }, schedule) =>
      turn !== undefined && (schedule?.next?.dueAt ?? 0) > sound.clock.now() ? { status: 'early' } : undefined,
    ),
  ),
  fault('says of a job that is there first that it is', 'fires/looks-in-order fires/repeated', (sound) =>
    answeringFires(sound, ({ run }) =>
      run !== undefined && sound.state.jobs.has(run.job.id) ? { status: 'duplicate', jobId: run.job.id } : undefined,
    ),
  ),

  fault('pauses for a job that was dead once', 'fires/pause-on-dead-now', (sound) => {
    const dead = new Set<string>()
    return {
      ...pausingFor(sound, ({ fires }) => fires.some(({ jobId = '' }) => dead.has(jobId))),
      settle(input) {
        for (const { lease, settlement } of input.entries) if (settlement.type === 'dead') dead.add(lease.id)
        return sound.store.settle(input)
      },
    }
  }),
  fault('pauses for a dead job of another schedule', 'fires/pause-on-dead-own', (sound) =>
    pausingFor(sound, () => everyOne(sound).some(({ fires }) => fires.some(({ jobId }) => isDead(sound, jobId)))),
  ),
  fault('pauses for a job that was dead when it was last put', 'fires/pause-on-dead-since-put', (sound) =>
    pausingFor(sound, ({ fires }) => fires.some(({ jobId }) => isDead(sound, jobId))),
  ),
  fault('pauses for any dead job that it made', 'fires/pause-on-dead-kept', (sound) =>
    pausingFor(sound, ({ id }) => [...sound.state.jobs.keys()].some((one) => one.startsWith(id) && isDead(sound, one))),
  ),
  fault('pauses for a dead job whose turn it is not', 'fires/moved-before-dead', (sound) =>
    pausingFor(sound, ({ fires, updatedAt }) => fires.some(({ at, jobId }) => at >= updatedAt && isDead(sound, jobId))),
  ),
]
