import { type Defect, defect, innerDefect } from './defect.js'

/** Stores that are broken in how they fire schedules. */
export const scheduleDefects: readonly Defect[] = [
  defect('sometimes fires what another scheduler has fired', 'G14', ({ store, random }) => ({
    async fireSchedule({ fires }) {
      const outcomes = await store.fireSchedule({ fires })
      return Promise.all(
        outcomes.map(async (outcome, index) => {
          const { id, overlap, run } = fires[index] ?? {}
          const isAgain = outcome.status === 'moved' && random.chance(0.3)
          if (!isAgain || id === undefined || overlap === undefined || run === undefined) return outcome
          const [again] = await store.fireSchedule({ fires: [{ id, overlap, run }] })
          return again ?? outcome
        }),
      )
    },
  })),
  innerDefect('sometimes leaves a schedule where it stands', 'G14', ({ store, state, random }) => ({
    async fireSchedule({ fires }) {
      const stood = fires.map(({ id }) => state.schedules.get(id)?.next)
      const outcomes = await store.fireSchedule({ fires })
      for (const [index, { id }] of fires.entries()) {
        const schedule = state.schedules.get(id)
        const next = stood[index]
        if (schedule !== undefined && next && outcomes[index]?.status === 'fired' && random.chance(0.1)) {
          state.schedules.set({ ...schedule, next })
        }
      }
      return outcomes
    },
  })),
  innerDefect('sometimes makes no job when it fires', 'G1', ({ store, random }) => ({
    async fireSchedule(input) {
      const outcomes = await store.fireSchedule(input)
      const made = outcomes.flatMap((outcome) => (outcome.status === 'fired' ? [outcome.jobId] : []))
      await store.remove({ ids: made.filter(() => random.chance(0.1)) })
      return outcomes
    },
  })),
  innerDefect('fires beside a run that goes on', 'G12', ({ store, state }) => ({
    fireSchedule(input) {
      const holdOf = state.keys.holdOf.bind(state.keys)
      state.keys.holdOf = () => undefined
      const outcomes = store.fireSchedule(input)
      state.keys.holdOf = holdOf
      return outcomes
    },
  })),
  innerDefect('goes by the time of a schedule as its caller has it', 'G14', ({ store, state }) => ({
    async promote(input) {
      const result = await store.promote(input)
      const first = state.schedules.first()
      if (first?.next === undefined || first.next === null || result.due !== undefined) return result
      const { id, rule, revision, fired, next } = first
      return { ...result, due: { now: next.dueAt, schedules: [{ id, rule, revision, fired, ...next }] } }
    },
    async fireSchedule({ fires }) {
      const all = fires.map(({ id }) => state.schedules.get(id))
      for (const schedule of all) {
        if (schedule?.next) state.schedules.set({ ...schedule, next: { ...schedule.next, dueAt: 0 } })
      }
      return store.fireSchedule({
        fires: fires.map(({ run, ...fire }) => ({
          ...fire,
          ...(run && { run: { ...run, job: { ...run.job, executeAt: 0 } } }),
        })),
      })
    },
  })),
]
