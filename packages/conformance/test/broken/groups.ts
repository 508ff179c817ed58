import type { Store, StoreInput } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { type FairRule, type FairState, grouping, newFairState, serving } from './inside-groups.js'
import { pushing } from './inside.js'

function byRule(change: Partial<FairRule>): (sound: Sound) => Partial<Store> {
  return (sound) => serving(sound, change)
}

/** A store that begins each claim as it says. */
function beginning(sound: Sound, begin: (states: readonly FairState[]) => void): Partial<Store> {
  const states: FairState[] = []
  return {
    ...serving(sound, {}, () => {
      const fair = newFairState()
      states.push(fair)
      return fair
    }),
    claim(input: StoreInput<'claim'>) {
      begin(states)
      return sound.store.claim(input)
    },
  }
}

/** Stores that serve groups in another order. */
export const groupsFaults: readonly Fault[] = [
  fault('knows no groups', 'groups/fair groups/one-round groups/shown groups/counted', (sound) =>
    pushing(sound, ({ group: _group, ...job }) => job),
  ),
  fault(
    'serves one group to its end before the next',
    'groups/fair groups/one-round',
    byRule({ next: (finish) => finish }),
  ),
  fault('lets a claim begin with the lowest key', 'groups/fair-one-by-one', (sound) =>
    beginning(sound, (states) => {
      for (const fair of states) for (const key of fair.finish.keys()) fair.finish.set(key, fair.virtual + 1)
    }),
  ),
  fault('runs the last job of a group first', 'groups/fifo groups/listed-fifo groups/ordered', (sound) =>
    grouping(sound, (groups) => {
      const push = groups.push.bind(groups)
      groups.push = (job) => push(job, true)
    }),
  ),
  fault(
    'puts a job that comes back at the head of its group',
    'groups/to-the-tail groups/ordered-redrive groups/freed-by-retry groups/freed-by-release',
    (sound) =>
      grouping(sound, (groups) => {
        const push = groups.push.bind(groups)
        groups.push = (job, atHead) => push(job, atHead || job.claims > 0)
      }),
  ),
  fault(
    'lets a group that comes later catch up',
    'groups/latecomer groups/returns groups/promoted groups/unique-parked',
    byRule({ enters: (_virtual, weight) => 1 / weight }),
  ),
  fault(
    'lets a new group wait for two rounds',
    'groups/latecomer groups/one-round',
    byRule({ enters: (v, w) => v + 2 / w }),
  ),
  fault(
    'puts a new group behind all others',
    'groups/weights',
    byRule({ enters: (v, w, _last, ahead) => Math.max(v, ...ahead) + 1 / w }),
  ),
  fault('lets a group go on where it was', 'groups/returns', byRule({ enters: (v, w, last) => last ?? v + 1 / w })),
  fault(
    'remembers the turns that a group has had',
    'groups/begins-anew',
    byRule({ enters: (v, w, last = 0) => Math.max(v + 1 / w, last), forgetsGroups: false }),
  ),
  fault('keeps the turn of a group that has no job left', 'groups/left-and-back', byRule({ leaves: false })),

  fault(
    'takes every weight for 1',
    'groups/weights groups/weights-below-one groups/weights-far-apart groups/weight-of-the-last groups/kept-by-retry',
    byRule({ weight: () => 1 }),
  ),
  fault('takes a weight upside down', 'groups/weights', byRule({ weight: (weights) => 1 / (weights.at(-1) ?? 1) })),
  fault(
    'rounds weights',
    'groups/weights-below-one',
    byRule({ weight: (weights) => Math.max(1, Math.round(weights.at(-1) ?? 1)) }),
  ),
  fault(
    'knows weights up to 100',
    'groups/weights-far-apart',
    byRule({ weight: (weights) => Math.min(100, weights.at(-1) ?? 1) }),
  ),
  fault(
    'knows weights from a tenth',
    'groups/weights-far-apart',
    byRule({ weight: (weights) => Math.max(0.1, weights.at(-1) ?? 1) }),
  ),
  fault('keeps the weight of the first job', 'groups/weight-of-the-last', byRule({ weight: ([first = 1]) => first })),
  fault(
    'adds the weights of the jobs up',
    'groups/weight-of-the-last groups/fair',
    byRule({ weight: (weights) => weights.reduce((sum, weight) => sum + weight, 0) }),
  ),
  fault('gives a group another turn with every job', 'groups/weight-of-the-last', byRule({ standsAnew: true })),

  fault(
    'orders equal groups by code units',
    'groups/equal-turns',
    byRule({ compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0) }),
  ),
  fault(
    'orders equal groups as a dictionary does',
    'groups/equal-turns',
    byRule({ compare: (a, b) => a.localeCompare(b) }),
  ),
  fault('serves the higher key first', 'groups/fair groups/many', byRule({ compare: (a, b) => (a < b ? 1 : -1) })),
  fault('looks at a hundred groups', 'groups/many', byRule({ seen: 100 })),

  fault('serves jobs without a group first', 'groups/ungrouped', byRule({ isUngroupedFirst: () => true })),
  fault('serves jobs without a group last', 'groups/ungrouped', byRule({ isUngroupedFirst: () => false })),
  fault(
    'serves jobs without a group behind their equals',
    'groups/ungrouped groups/of-groups-only',
    byRule({ isUngroupedFirst: (ungrouped, finish) => ungrouped < finish }),
  ),
  fault(
    'lets jobs without a group catch up that come later',
    'groups/ungrouped-later',
    byRule({ ungrouped: (_virtual, kept) => kept ?? 1 }),
  ),
  fault(
    'keeps the turn of jobs without a group when there is none',
    'groups/ungrouped-later',
    byRule({ forgetsUngrouped: false }),
  ),
  fault(
    'keeps the time of jobs without a group when nothing is left',
    'groups/forgets groups/forgets-at-a-look',
    (sound) => {
      let ungrouped: number | undefined
      return serving(sound, {
        ungrouped: (virtual, kept) => (ungrouped = Math.max(ungrouped ?? 0, kept ?? virtual + 1)),
      })
    },
  ),
  fault(
    'forgets the turn of jobs without a group whenever no group is left',
    'groups/ungrouped-kept',
    byRule({ forgetsWaiting: true }),
  ),
  fault('counts the jobs that it served when there were no groups', 'groups/ungrouped-before', (sound) => {
    const served = new Map<string, number>()
    return {
      ...serving(sound, {}, (name) => ({ ...newFairState(), ungrouped: (served.get(name) ?? 0) + 1 })),
      async claim(input) {
        const result = await sound.store.claim(input)
        served.set(input.name, (served.get(input.name) ?? 0) + result.jobs.length)
        return result
      },
    }
  }),
  fault('forgets priorities beside groups', 'groups/ungrouped-priority', (sound) => {
    const asked = new Map<string, number>()
    return {
      ...pushing(sound, ({ priority, ...job }) => {
        if (priority !== undefined) asked.set(job.id, priority)
        return priority === undefined || sound.state.names.get(job.name)?.groups === undefined
          ? { ...job, priority: priority ?? 0 }
          : job
      }),
      async get(input) {
        return (await sound.store.get(input)).map((job) => {
          const priority = asked.get(job?.id ?? '')
          return job === null || priority === undefined ? job : { ...job, priority }
        })
      },
    }
  }),
  fault('has one time for all names', 'groups/names-apart', (sound) => {
    const shared = newFairState()
    return serving(sound, {}, () => shared)
  }),
]
