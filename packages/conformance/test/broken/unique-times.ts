import { fault, type Fault, type Sound } from './fault.js'
import { answering, anyHold, isPush, pushing, seeing, stateOf, waits } from './inside.js'

/** The end of the hold on the key of a job, where it ends at a time. */
function moveEnd({ state }: Sound, id: string, change: (endsAt: number, ttlMs: number) => number): void {
  const job = state.jobs.get(id)
  const hold = job === undefined ? undefined : anyHold(state, job)
  const until = job?.unique?.until
  if (hold?.job !== job || hold?.endsAt === undefined || typeof until !== 'object') return
  Object.assign(hold, { endsAt: change(hold.endsAt, until.ttlMs) })
}

/** Stores that mistake a time to live for something else. */
export const uniqueTimeFaults: readonly Fault[] = [
  fault('ends a time to live with its job', 'unique/ttl unique/ttl-pruned unique/ttl-run-again', (sound) =>
    pushing(sound, ({ unique, ...job }) =>
      unique === undefined
        ? job
        : { ...job, unique: { ...unique, until: typeof unique.until === 'object' ? 'finished' : unique.until } },
    ),
  ),
  fault('begins a time to live at the claim', 'unique/ttl', (sound) => ({
    async claim(input) {
      const result = await sound.store.claim(input)
      for (const { id } of result.jobs) moveEnd(sound, id, (_endsAt, ttlMs) => sound.clock.now() + ttlMs)
      return result
    },
  })),
  fault('frees a key that is held for a time with a job that is removed', 'unique/ttl', (sound) => ({
    remove(input) {
      for (const id of input.ids) moveEnd(sound, id, () => sound.clock.now())
      return sound.store.remove(input)
    },
  })),
  fault('frees a key that is held for a time with a job that is cancelled', 'unique/ttl', (sound) => ({
    cancel(input) {
      for (const id of input.ids) moveEnd(sound, id, () => sound.clock.now())
      return sound.store.cancel(input)
    },
  })),
  fault('holds a key one millisecond longer than its time', 'unique/ttl', ({ state: { keys } }) => {
    const holdOf = keys.holdOf.bind(keys)
    keys.holdOf = (asker, now) => holdOf(asker, now - 1)
    return {}
  }),
  fault('holds a key one millisecond less than its time', 'unique/ttl', ({ state: { keys } }) => {
    const holdOf = keys.holdOf.bind(keys)
    keys.holdOf = (asker, now) => holdOf(asker, now + 1)
    return {}
  }),
  fault('frees a key after its time when somebody prunes', 'unique/ttl unique/ttl-waiting', ({ state }) => {
    state.keys.holdOf = (asker) => anyHold(state, asker)
    return {}
  }),
  fault('holds a key beyond its time while its job waits', 'unique/ttl-waiting', ({ state }) => {
    const holdOf = state.keys.holdOf.bind(state.keys)
    state.keys.holdOf = (asker, now) => {
      const hold = anyHold(state, asker)
      return hold !== undefined && waits(hold.job) ? hold : holdOf(asker, now)
    }
    return {}
  }),
  fault('frees the key of another with a job whose time is over', 'unique/ttl-waiting', ({ store, state }) => ({
    async settle(input) {
      const jobs = input.entries.map(({ lease }) => state.jobs.get(lease.id))
      const outcomes = await store.settle(input)
      for (const [index, job] of jobs.entries()) {
        const outcome = outcomes[index]
        const hasEnded = outcome?.status === 'settled' && !['ready', 'scheduled'].includes(outcome.state)
        const hold = job?.unique === undefined || !hasEnded ? undefined : anyHold(state, job)
        if (hold !== undefined) state.keys.free(hold.job)
      }
      return outcomes
    },
  })),
  fault('lets the time of a replaced holder go on', 'unique/ttl-replaced', ({ state }) => {
    const { keys } = state
    const take = keys.take.bind(keys)
    keys.take = (job, now) => {
      const before = keys.holdOf(job, now)
      take(job, now)
      const after = keys.holdOf(job, now)
      if (before?.endsAt !== undefined && after !== undefined) Object.assign(after, { endsAt: before.endsAt })
    }
    return {}
  }),
  fault('replaces a holder that has no time to live by one that has', 'unique/ttl-not-over-job', (sound) =>
    answering(sound, async (job) => {
      const { name, unique } = job
      if (unique?.onConflict !== 'replace' || typeof unique.until !== 'object') return undefined
      const holder = sound.state.keys.holdOf({ name, unique }, sound.clock.now())?.job
      if (holder === undefined || !waits(holder)) return undefined
      await sound.store.remove({ ids: [holder.id] })
      await sound.store.enqueue({ jobs: [job] })
      return { status: 'replaced', id: job.id, replacedId: holder.id }
    }),
  ),
  fault('parks a push behind a key that is held for a time', 'unique/ttl-run-again', (sound) =>
    seeing(sound, (hold, asker) =>
      isPush(asker) && asker.unique?.onConflict === 'runAgain' && stateOf(hold.job) === 'active'
        ? { job: hold.job }
        : hold,
    ),
  ),
  fault('parks what comes back behind a key that is held for a time', 'unique/behind-ttl', (sound) =>
    seeing(sound, (hold, asker) => (isPush(asker) ? hold : { job: hold.job })),
  ),
  fault('never prunes a key', 'unique/ttl-pruned', ({ state }) => {
    state.keys.prune = () => 0
    return {}
  }),
  fault('prunes keys before their time', 'unique/ttl-pruned', ({ state: { keys } }) => {
    const prune = keys.prune.bind(keys)
    keys.prune = (_now, limit) => prune(Infinity, limit)
    return {}
  }),
]
