import { KEPT_FIRES, type NewJob, type ScheduleFire } from '@goscheds/core'
import { all, fault, type Fault, toTail } from './fault.js'
import { leaving, taking } from './inside-schedules.js'

/** The same fire with another job. */
function withJob(fire: ScheduleFire, change: (job: NewJob) => NewJob): ScheduleFire {
  return fire.run === undefined ? fire : { ...fire, run: { ...fire.run, job: change(fire.run.job) } }
}

/** The same fire with another turn. */
function withTurn(fire: ScheduleFire, change: Partial<NonNullable<ScheduleFire['turn']>>): ScheduleFire {
  return fire.turn === undefined ? fire : { ...fire, turn: { ...fire.turn, ...change } }
}

/** Stores whose fires do something else than they should. */
export const fireFaults: readonly Fault[] = [
  fault('adds the job of a fire without its args', 'fires/fired', (sound) =>
    taking(sound, (fire) => withJob(fire, (job) => ({ ...job, payload: '{}' }))),
  ),
  fault('takes the time of a fire for the time of its job', 'fires/fired', (sound) =>
    taking(sound, (fire) => withJob(fire, (job) => ({ ...job, executeAt: sound.clock.now() }))),
  ),
  fault('fires and adds no job', 'fires/fired fires/next-turns overlap/skip-none overlap/cancelOther-none', (sound) =>
    leaving(sound, async ({ outcome }) => {
      if (outcome.status === 'fired') await sound.store.remove({ ids: [outcome.jobId] })
      return undefined
    }),
  ),
  fault('adds the job of a fire without what it asks for', 'fires/job-options', (sound) =>
    taking(sound, (fire) => withJob(fire, ({ priority: _p, expiresAt: _e, ...job }) => job)),
  ),
  fault('adds the job of a fire at the head of its queue', 'fires/to-the-tail', (sound) => ({
    async fireSchedule(input) {
      const before = await all(sound.store, 'ready')
      const outcomes = await sound.store.fireSchedule(input)
      await toTail(sound.store, before)
      return outcomes
    },
  })),
  fault('wakes nobody with a fire', 'fires/wakes', ({ store }) => {
    let isFired = false
    return {
      fireSchedule(input) {
        isFired = true
        return store.fireSchedule(input)
      },
      async waitForReady(input) {
        await store.waitForReady(input)
        if (isFired) await new Promise<void>((resolve) => input.signal.addEventListener('abort', () => resolve()))
      },
    }
  }),

  fault('leaves a schedule where it stands when it fires', 'fires/moves-on fires/next-turns fires/repeated', (sound) =>
    leaving(sound, ({ before, outcome }) => (outcome.status === 'fired' && before ? { next: before.next } : undefined)),
  ),
  fault('counts no fire', 'fires/moves-on fires/next-turns overlap/counted', (sound) =>
    leaving(sound, () => ({ fired: 0 })),
  ),
  fault('keeps no fire', 'fires/moves-on fires/kept-last fires/missed overlap/counted', (sound) =>
    leaving(sound, () => ({ fires: [] })),
  ),
  fault('takes a fire for a put', 'fires/moves-on', (sound) =>
    leaving(sound, () => ({ updatedAt: sound.clock.now() })),
  ),
  fault('tells the nominal time for the time of a fire', 'fires/moves-on', (sound) =>
    leaving(sound, ({ after }) => after && { fires: after.fires.map((kept) => ({ ...kept, at: kept.fireAt })) }),
  ),
  fault('counts nothing as missed where something fires', 'fires/missed fires/duplicate overlap/counted', (sound) =>
    taking(sound, (fire) => (fire.run === undefined ? fire : withTurn(fire, { missed: 0 }))),
  ),
  fault('forgets what was missed before', 'fires/missed overlap/counted', (sound) =>
    leaving(sound, ({ fire }) => (fire.turn === undefined ? undefined : { missed: fire.turn.missed })),
  ),
  fault('keeps the nominal time of the turn for that of the job', 'fires/missed', (sound) =>
    taking(sound, (fire) => {
      const { turn, run } = fire
      return turn === undefined || run === undefined ? fire : { ...fire, run: { ...run, fireAt: turn.fireAt } }
    }),
  ),
  fault('counts nothing as missed where nothing fires', 'fires/passed', (sound) =>
    taking(sound, (fire) => (fire.run === undefined ? withTurn(fire, { missed: 0 }) : fire)),
  ),
  fault('counts a turn that fires nothing as skipped', 'fires/passed', (sound) =>
    leaving(sound, ({ outcome, after }) => (outcome.status === 'passed' && after ? { skipped: 1 } : undefined)),
  ),
  fault('does not move on where nothing fires', 'fires/passed', (sound) =>
    leaving(sound, ({ outcome, before }) =>
      outcome.status === 'passed' && before ? { next: before.next } : undefined,
    ),
  ),
  fault('removes a schedule that fires no more', 'fires/no-more fires/max-runs', (sound) =>
    leaving(sound, async ({ after }) => {
      if (after?.next === null) await sound.store.removeSchedule({ ids: [after.id] })
      return undefined
    }),
  ),

  fault('does not move on where the job is there', 'fires/duplicate fires/max-runs', (sound) =>
    leaving(sound, ({ outcome, before }) =>
      outcome.status === 'duplicate' && before ? { next: before.next, missed: before.missed } : undefined,
    ),
  ),
  fault('counts a fire whose job is there', 'fires/duplicate fires/max-runs', (sound) =>
    leaving(sound, ({ outcome, fire, before }) =>
      outcome.status === 'duplicate' && fire.turn && before ? { fired: before.fired + 1 } : undefined,
    ),
  ),
  fault('keeps a fire whose job is there', 'fires/duplicate overlap/duplicate-first', (sound) =>
    leaving(sound, ({ outcome, after, fire }) => {
      if (outcome.status !== 'duplicate' || after === undefined) return undefined
      const kept = {
        fireAt: fire.run?.fireAt ?? 0,
        at: sound.clock.now(),
        outcome: 'fired',
        jobId: outcome.jobId,
      } as const
      return { fires: [...after.fires, kept] }
    }),
  ),
  fault('adds a job that is there once more', 'fires/duplicate overlap/duplicate-first', (sound) =>
    taking(sound, (fire) =>
      withJob(fire, (job) => (sound.state.jobs.has(job.id) ? { ...job, id: `${job.id}-2` } : job)),
    ),
  ),

  fault('counts a fire out of turn', 'fires/out-of-turn overlap/out-of-turn', (sound) =>
    leaving(sound, ({ outcome: { status }, fire, after }) => {
      if (fire.turn !== undefined || after === undefined) return undefined
      return status === 'fired' ? { fired: after.fired + 1 } : status === 'skipped' ? { skipped: 1 } : undefined
    }),
  ),
  fault('moves on when it fires out of turn', 'fires/out-of-turn fires/out-of-turn-no-more', (sound) =>
    leaving(sound, ({ fire, after }) =>
      fire.turn === undefined && after?.next ? { next: { ...after.next, fireAt: after.next.fireAt + 1 } } : undefined,
    ),
  ),
  fault('keeps no fire that is out of turn', 'fires/out-of-turn fires/kept-last overlap/out-of-turn', (sound) =>
    leaving(sound, ({ fire, before }) => (fire.turn === undefined && before ? { fires: before.fires } : undefined)),
  ),
  fault('keeps every fire', 'fires/kept-last', (sound) =>
    leaving(sound, ({ before, after }) => {
      const last = after?.fires.at(-1)
      const isNew = last !== undefined && last !== before?.fires.at(-1)
      return isNew ? { fires: [...(before?.fires ?? []), last] } : undefined
    }),
  ),
  fault('keeps the last fires, whatever they made', 'overlap/kept-runs', (sound) =>
    leaving(sound, ({ before, after }) => {
      const last = after?.fires.at(-1)
      const isNew = last !== undefined && last !== before?.fires.at(-1)
      return isNew ? { fires: [...(before?.fires ?? []), last].slice(-KEPT_FIRES) } : undefined
    }),
  ),
  fault('keeps the first fires', 'fires/kept-last', (sound) =>
    leaving(sound, ({ before }) => (before?.fires.length === KEPT_FIRES ? { fires: before.fires } : undefined)),
  ),
  fault('keeps the latest fire first', 'fires/kept-last fires/missed overlap/counted', (sound) => ({
    async listSchedules(input) {
      const page = await sound.store.listSchedules(input)
      return { ...page, schedules: page.schedules.map((one) => ({ ...one, fires: one.fires.toReversed() })) }
    },
  })),

  fault('fires on after the last of its runs', 'fires/max-runs overlap/max-runs', (sound) =>
    taking(sound, (fire) => {
      if (fire.turn === undefined) return fire
      const { maxRuns: _, ...turn } = fire.turn
      return { ...fire, turn }
    }),
  ),
  fault('counts all kept fires as runs', 'fires/max-runs overlap/max-runs', (sound) =>
    leaving(sound, ({ fire, after }) =>
      after !== undefined && after.fires.length >= (fire.turn?.maxRuns ?? Infinity) ? { next: null } : undefined,
    ),
  ),
  fault('fires one time more than its runs', 'fires/max-runs overlap/max-runs', (sound) =>
    taking(sound, (fire) =>
      fire.turn?.maxRuns === undefined ? fire : withTurn(fire, { maxRuns: fire.turn.maxRuns + 1 }),
    ),
  ),

  fault(
    'fires on after a job that is dead',
    'fires/pause-on-dead fires/pause-on-dead-passing fires/pause-on-dead-since-put',
    (sound) =>
      taking(sound, (fire) => {
        if (fire.turn === undefined) return fire
        const { pauseOnDead: _, ...turn } = fire.turn
        return { ...fire, turn }
      }),
  ),
  fault('moves on when it pauses for a dead job', 'fires/pause-on-dead fires/pause-on-dead-passing', (sound) =>
    leaving(sound, ({ fire, outcome, before }) =>
      outcome.status === 'paused' && before?.pausedNote === undefined && fire.turn
        ? { next: fire.turn.next }
        : undefined,
    ),
  ),
  fault('pauses for a dead job without the note', 'fires/pause-on-dead fires/pause-on-dead-passing', (sound) =>
    taking(sound, (fire) => (fire.turn?.pauseOnDead === undefined ? fire : withTurn(fire, { pauseOnDead: '' }))),
  ),
  fault('looks for dead jobs where something fires', 'fires/pause-on-dead-passing', (sound) =>
    taking(sound, (fire) => {
      if (fire.turn === undefined || fire.run !== undefined) return fire
      const { pauseOnDead: _, ...turn } = fire.turn
      return { ...fire, turn }
    }),
  ),
]
