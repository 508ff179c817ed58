import type { Settlement, Store } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { type Doing, telling } from './inside.js'
import { grouping } from './inside-groups.js'
import { limiting } from './inside-limits.js'

/** A store in which jobs that come back while it does one of these go to the tail of their ordered group. */
function toTheTail(types: readonly Doing[]) {
  return (sound: Sound): Partial<Store> => {
    let doing: Doing = 'other'
    return {
      ...grouping(sound, (groups) => {
        const push = groups.push.bind(groups)
        groups.push = (job, atHead) => push(job, atHead && !types.includes(doing))
      }),
      ...telling(sound, (now) => (doing = now)),
    }
  }
}

/** A store in which a job keeps its place after a settlement that gives it none. */
function keepingPlaces(sound: Sound, keeps: (settlement: Settlement, id: string) => boolean): Partial<Store> {
  return {
    async settle({ entries }) {
      const jobs = entries.map(({ lease }) => sound.state.jobs.get(lease.id))
      const outcomes = await sound.store.settle({ entries })
      for (const [place, { lease, settlement }] of entries.entries()) {
        const job = jobs[place]
        if (job?.group !== undefined && keeps(settlement, lease.id)) sound.state.name(lease.name).groups?.keepPlace(job)
      }
      return outcomes
    },
  }
}

/** A store that leaves a place with what gives it up in one of these ways. */
function leavingPlaces(sound: Sound, types: readonly (Doing | 'reschedule')[]): Partial<Store> {
  let doing: Doing | 'reschedule' = 'other'
  return {
    ...grouping(sound, (groups) => {
      const giveUpPlace = groups.giveUpPlace.bind(groups)
      groups.giveUpPlace = (job, limits) => !types.includes(doing) && giveUpPlace(job, limits)
    }),
    ...telling(sound, (now) => (doing = now)),
    async reschedule(input) {
      doing = 'reschedule'
      const outcomes = sound.store.reschedule(input)
      doing = 'other'
      return outcomes
    },
  }
}

/** Stores that keep the order of ordered groups badly, or hold up too much for it. */
export const groupsOrderedFaults: readonly Fault[] = [
  fault('puts a job that is retried at the tail of its ordered group', 'groups/ordered-retry', toTheTail(['retry'])),
  fault(
    'puts a job that is released at the tail of its ordered group',
    'groups/ordered-release',
    toTheTail(['released']),
  ),
  fault('puts a job that is reaped at the tail of its ordered group', 'groups/ordered-reap', toTheTail(['reap'])),
  fault(
    'goes on with an ordered group whose first job waits',
    'groups/ordered-delayed-retry groups/ordered-delayed-release',
    (sound) => grouping(sound, (groups) => void (groups.keepPlace = () => {})),
  ),
  fault(
    'promotes a job to the tail of its ordered group',
    'groups/ordered-delayed-retry groups/ordered-delayed-release',
    (sound) =>
      grouping(sound, (groups) => {
        const push = groups.push.bind(groups)
        groups.push = (job, atHead) => {
          for (const group of groups.groups()) group.places.delete(job)
          return push(job, atHead)
        }
      }),
  ),
  fault('keeps the place of a job that is cancelled', 'groups/ordered-cancel', (sound) =>
    leavingPlaces(sound, ['cancel']),
  ),
  fault('keeps the place of a job that is removed', 'groups/ordered-remove', (sound) =>
    leavingPlaces(sound, ['remove']),
  ),
  fault('keeps the place of a job that is rescheduled', 'groups/ordered-reschedule', (sound) =>
    leavingPlaces(sound, ['reschedule']),
  ),
  fault('wakes nobody when a place is given up', 'groups/ordered-wakes', (sound) =>
    grouping(sound, (groups) => {
      const giveUpPlace = groups.giveUpPlace.bind(groups)
      groups.giveUpPlace = (job, limits) => (giveUpPlace(job, limits), false)
    }),
  ),
  fault('keeps the place of a job that is dead', 'groups/ordered-dead groups/ordered-redrive', (sound) =>
    keepingPlaces(sound, ({ type }) => type === 'dead'),
  ),
  fault('keeps the place of a job that waits for its key', 'groups/ordered-parked', (sound) =>
    keepingPlaces(sound, (_settlement, id) => {
      const home = sound.state.jobs.get(id)?.home
      return home?.state === 'scheduled' && home.node.at === Infinity
    }),
  ),
  fault('holds up all groups for the one whose first job waits', 'groups/ordered-others', (sound) =>
    grouping(sound, (groups) => {
      const nextTurn = groups.nextTurn.bind(groups)
      groups.nextTurn = (isAnyUngrouped, limits, now) => {
        const isWaiting = [...groups.groups()].some(({ places }) => places.size > 0)
        return isWaiting ? undefined : nextTurn(isAnyUngrouped, limits, now)
      }
    }),
  ),
  fault('keeps a place for a new job', 'groups/ordered-new-job', ({ store, state }) => ({
    async enqueue({ jobs }) {
      const outcomes = await store.enqueue({ jobs })
      for (const { id, name } of jobs) {
        const job = state.jobs.get(id)
        const isLater = job?.home?.state === 'scheduled' && job.group !== undefined
        // A group that nothing else of the name has needed yet has nowhere to keep it.
        if (isLater) await makeGroups(store, name)
        if (isLater) state.name(name).groups?.keepPlace(job)
      }
      return outcomes
    },
  })),
  fault(
    'takes every group of one job at a time for ordered',
    'groups/not-ordered groups/freed-by-delayed-retry',
    (sound) =>
      limiting(sound, ({ name, limits }) => ({
        name,
        limits: limits && { ...limits, ...(limits.perGroup && { perGroup: { ...limits.perGroup, ordered: true } }) },
      })),
  ),
  fault('keeps places when the order is given up', 'groups/ordered-no-more', (sound) =>
    grouping(sound, (groups) => {
      const nextTurn = groups.nextTurn.bind(groups)
      groups.nextTurn = (isAnyUngrouped, limits, now) => nextTurn(isAnyUngrouped, { ...limits, ordered: true }, now)
    }),
  ),
]

/** Makes a name have groups, by a job that goes again at once. */
async function makeGroups(store: Store, name: string): Promise<void> {
  const id = 'makes-groups'
  const retention = { completedMs: 0, deadMs: 0 }
  await store.enqueue({ jobs: [{ id, name, payload: '', options: '', retention, group: { key: id } }] })
  await store.remove({ ids: [id] })
}
