import type { Store } from '@goscheds/core'
import { expiringOnly } from './expiry.js'
import { fault, type Fault, type Sound } from './fault.js'
import { anyHold, type Doing, type InnerJob, isPush, seeing, telling } from './inside.js'

/** Whether a job waits for its key: scheduled, and due at no time. */
function isParked({ home }: InnerJob): boolean {
  return home?.state === 'scheduled' && home.node.at === Infinity
}

/** A store that does something to the job that is next, once a key is free. */
function handingOn(
  sound: Sound,
  change: (next: InnerJob, doing: Doing, before: InnerJob) => InnerJob | undefined,
): Partial<Store> {
  const { keys } = sound.state
  const free = keys.free.bind(keys)
  let doing: Doing = 'other'
  keys.free = (job) => {
    const next = free(job)
    return next === undefined ? undefined : change(next, doing, job)
  }
  return telling(sound, (now) => void (doing = now))
}

/** A store that hands a freed key to another of those that are parked behind it. */
function choosing(
  { state: { keys } }: Sound,
  choose: (parked: readonly InnerJob[]) => InnerJob | undefined,
): Partial<Store> {
  const order: InnerJob[] = []
  const [park, unpark] = [keys.park.bind(keys), keys.unpark.bind(keys)]
  keys.park = (job) => {
    order.push(job)
    park(job)
  }
  keys.unpark = (job) => {
    order.splice(order.indexOf(job), 1)
    unpark(job)
  }
  keys.firstParked = ({ name, unique }) =>
    choose(order.filter((job) => job.name === name && job.unique?.key === unique?.key))
  return {}
}

/** A store that keeps the place of a parked job that has gone in this way. */
function keepingPlaces(sound: Sound, by: 'cancel' | 'remove'): Partial<Store> {
  const { keys } = sound.state
  const unpark = keys.unpark.bind(keys)
  let doing: Doing = 'other'
  keys.unpark = (job) => {
    if (doing !== by) unpark(job)
  }
  return telling(sound, (now) => void (doing = now))
}

/** Gives a parked job a due time, as if it were any scheduled one. */
function makeDue({ state, clock }: Sound, id: string): void {
  const job = state.jobs.get(id)
  if (job?.home?.state !== 'scheduled' || !isParked(job)) return
  state.keys.unpark(job)
  state.scheduled.remove(job.home.node)
  job.home = { state: 'scheduled', node: state.scheduled.add(clock.now(), job.generation, job) }
}

/** Stores that park jobs wrongly, forget them, or let them go too early. */
export const parkedFaults: readonly Fault[] = [
  fault(
    'remembers who is parked at a completion alone',
    `unique/freed-dead unique/freed-cancelled unique/freed-cancelled-by-request unique/freed-dead-by-the-reaper
     unique/freed-cancelled-by-the-reaper`,
    (sound) => handingOn(sound, (next, doing) => (doing === 'completed' || doing === 'claim' ? next : undefined)),
  ),
  fault('forgets who is parked behind a job that leaves no trace', 'unique/freed-completed', (sound) =>
    handingOn(sound, (next, doing, before) => (doing === 'completed' && before.home === undefined ? undefined : next)),
  ),
  fault('forgets who is parked behind a job that is kept', 'unique/freed-kept', (sound) =>
    handingOn(sound, (next, doing, before) => (doing === 'completed' && before.home !== undefined ? undefined : next)),
  ),
  fault(
    'forgets who is parked behind a job that the reaper ends',
    'unique/freed-dead-by-the-reaper unique/freed-cancelled-by-the-reaper',
    (sound) => handingOn(sound, (next, doing) => (doing === 'reap' ? undefined : next)),
  ),
  fault(
    'runs a parked job without the key',
    'unique/freed-completed unique/freed-dead unique/parked-later',
    (sound) => {
      const { keys } = sound.state
      const take = keys.take.bind(keys)
      let unkeyed: InnerJob | undefined
      keys.take = (job, now) => {
        if (job !== unkeyed) take(job, now)
        unkeyed = undefined
      }
      return handingOn(sound, (next) => (unkeyed = next))
    },
  ),
  fault('runs a parked job as soon as the key is free, due or not', 'unique/parked-later', (sound) =>
    handingOn(sound, (next) => Object.assign(next, { executeAt: Math.min(next.executeAt, sound.clock.now()) })),
  ),
  fault('hands a key to the job that was parked first', 'unique/parked-fifo', (sound) =>
    choosing(sound, (parked) => parked[0]),
  ),
  fault('hands a key to the job that was parked last', 'unique/parked-fifo', (sound) =>
    choosing(sound, (parked) => parked.at(-1)),
  ),
  fault('hands a key to the job that was pushed last', 'unique/parked-fifo', (sound) =>
    choosing(sound, (parked) => parked.toSorted((a, b) => b.generation - a.generation)[0]),
  ),

  fault(
    'lets what comes back wait beside the holder of its key',
    'unique/started-retry unique/started-release unique/started-delayed-release unique/started-reap unique/reap-parked unique/parked-fifo',
    (sound) =>
      // As behind a time to live.
      seeing(sound, (hold, asker) =>
        isPush(asker) || hold.job.unique?.until !== 'started' ? hold : { ...hold, endsAt: Infinity },
      ),
  ),
  fault(
    'drops what comes back to find its key held',
    'unique/started-retry unique/started-reap unique/parked-fifo',
    (sound) => {
      const { keys } = sound.state
      const park = keys.park.bind(keys)
      const parked = new Set<string>()
      keys.park = (job) => {
        if (job.claims > 0) parked.add(job.id)
        park(job)
      }
      const drop = async <T>(result: T): Promise<T> => {
        await sound.store.remove({ ids: [...parked] })
        parked.clear()
        return result
      }
      return {
        settle: async (input) => drop(await sound.store.settle(input)),
        reap: async (input) => drop(await sound.store.reap(input)),
      }
    },
  ),
  fault('says `ready` of what the reaper has parked', 'unique/reap-parked', ({ store }) => ({
    async reap(input) {
      const { reaped, ...rest } = await store.reap(input)
      return {
        reaped: reaped.map((job) => (job.outcome === 'parked' ? { ...job, outcome: 'ready' } : job)),
        ...rest,
      }
    },
  })),

  fault('promotes a parked job at its time', 'unique/parked-never-due', ({ state: { scheduled } }) => {
    const add = scheduled.add.bind(scheduled)
    scheduled.add = (at, order, job) => add(at === Infinity ? job.executeAt : at, order, job)
    return {}
  }),
  fault('takes a parked job for the next that is due', 'unique/parked-never-due', ({ store, state }) => ({
    async promote(input) {
      const { promoted, nextDueInMs } = await store.promote(input)
      const isOneParked = [...state.jobs.values()].some(isParked)
      return { promoted, nextDueInMs: isOneParked ? 0 : nextDueInMs }
    },
  })),
  fault('does not count parked jobs', 'unique/parked-never-due', ({ store, state }) => ({
    async counts(input) {
      const parked = [...state.jobs.values()].filter(isParked)
      const counts = await store.counts(input)
      return counts.map((count) => ({
        ...count,
        scheduled: count.scheduled - parked.filter(({ name }) => name === count.name).length,
      }))
    },
  })),
  fault('does not list parked jobs', 'unique/parked-listed', ({ store }) => ({
    async list(input) {
      const { jobs, cursor } = await store.list(input)
      return { jobs: jobs.filter(({ state, dueAt }) => state !== 'scheduled' || dueAt !== undefined), cursor }
    },
  })),
  fault('ends its listing with the first page that has a parked job', 'unique/parked-listed', ({ store }) => ({
    async list(input) {
      const { jobs, cursor } = await store.list(input)
      const isOneParked = input.state === 'scheduled' && jobs.some(({ dueAt }) => dueAt === undefined)
      return { jobs, cursor: isOneParked ? null : cursor }
    },
  })),

  fault('keeps the place of a parked job that is cancelled', 'unique/parked-cancel', (sound) =>
    keepingPlaces(sound, 'cancel'),
  ),
  fault('keeps the place of a parked job that is removed', 'unique/parked-remove', (sound) =>
    keepingPlaces(sound, 'remove'),
  ),
  fault(
    'frees the key that a parked job waits for when that one goes',
    'unique/parked-cancel unique/parked-remove',
    (sound) => {
      const { state } = sound
      const free = state.keys.free.bind(state.keys)
      let doing: Doing = 'other'
      state.keys.free = (job) => {
        const isGoing = doing === 'cancel' || doing === 'remove'
        return free(isGoing ? (anyHold(state, job)?.job ?? job) : job)
      }
      return telling(sound, (now) => void (doing = now))
    },
  ),
  fault('says `rescheduled` of a parked job', 'unique/parked-rescheduled', ({ store }) => ({
    async reschedule(input) {
      const outcomes = await store.reschedule(input)
      return outcomes.map((outcome) =>
        outcome.status === 'parked' ? { status: 'rescheduled', state: 'scheduled' } : outcome,
      )
    },
  })),
  fault('runs a parked job that is rescheduled', 'unique/parked-rescheduled', (sound) => ({
    reschedule(input) {
      for (const { id } of input.entries) makeDue(sound, id)
      return sound.store.reschedule(input)
    },
  })),
  fault('never lets a parked job expire', 'unique/parked-expires', (sound) =>
    expiringOnly(sound, (job) => !isParked(job)),
  ),
]
