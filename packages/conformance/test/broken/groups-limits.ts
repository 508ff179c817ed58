import type { Settlement, Store } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { type Doing, telling } from './inside.js'
import { grouping, groupOf, type InnerGroup, type InnerGroups } from './inside-groups.js'
import { answeringClaims, limiting } from './inside-limits.js'

/** A store in which a job that ends while it does one of these leaves its place in its group, or does not. */
function leaking(types: readonly Doing[], leaves: (group: InnerGroup) => void = () => {}) {
  return (sound: Sound): Partial<Store> => {
    let doing: Doing = 'other'
    return {
      ...grouping(sound, (groups) => {
        const ended = groups.ended.bind(groups)
        groups.ended = (job, limits) => {
          const group = groupOf(groups, job)
          if (!types.includes(doing) || group === undefined) return ended(job, limits)
          leaves(group)
          return false
        }
      }),
      ...telling(sound, (now) => (doing = now)),
    }
  }
}

/** A store that counts one more of a group out when this is told. */
function freeing(sound: Sound, methods: (free: (name: string, id: string) => void) => Partial<Store>): Partial<Store> {
  const keys = new Map<string, string>()
  return {
    async claim(input) {
      const result = await sound.store.claim(input)
      for (const { id, group } of result.jobs) if (group !== undefined) keys.set(id, group.key)
      return result
    },
    ...methods((name, id) => {
      const groups = sound.state.names.get(name)?.groups
      const group = [...(groups?.groups() ?? [])].find(({ key }) => key === keys.get(id))
      if (group === undefined) return
      group.running--
      groups?.endWaits()
    }),
  }
}

/** A store that brings groups back at another place than the virtual time gives them. */
function bringingBack(sound: Sound, weight: number): Partial<Store> {
  const at = <T>(groups: InnerGroups, bring: () => T): T => {
    const weights = [...groups.groups()].map((group) => [group, group.weight] as const)
    for (const [group] of weights) group.weight = weight
    const result = bring()
    for (const [group, own] of weights) group.weight = own
    return result
  }
  return grouping(sound, (groups) => {
    const ended = groups.ended.bind(groups)
    const begin = groups.begin.bind(groups)
    groups.ended = (job, limits) => at(groups, () => ended(job, limits))
    groups.begin = (now) => at(groups, () => begin(now))
  })
}

/** `setLimits` that holds groups to something else. */
function limitingGroups(
  sound: Sound,
  change: (perGroup: NonNullable<Parameters<Store['setLimits']>[0]['limits']>['perGroup']) => typeof perGroup,
): Partial<Store> {
  return limiting(sound, ({ name, limits }) => {
    const { perGroup, ...rest } = limits ?? {}
    const changed = change(perGroup)
    return { name, limits: limits && { ...rest, ...(changed !== undefined && { perGroup: changed }) } }
  })
}

const everyWay: readonly (readonly [Settlement['type'], string, string])[] = [
  ['completed', 'completed', 'groups/freed-by-completed groups/freed-by-completed-and-kept'],
  ['retry', 'retried', 'groups/freed-by-retry groups/freed-by-delayed-retry groups/freed-by-cancel-request'],
  ['dead', 'dead', 'groups/freed-by-dead'],
  ['released', 'given back', 'groups/freed-by-release groups/freed-by-delayed-release'],
  ['cancelled', 'cancelled', 'groups/freed-by-cancelled'],
]

/** Stores that count the jobs of groups wrongly, hold the wrong ones, or forget to bring groups back. */
export const groupsLimitsFaults: readonly Fault[] = [
  fault(
    'holds groups to nothing',
    'groups/concurrency groups/rate groups/ordered table/claim-its-group-at-its-limit/ready',
    (sound) => limitingGroups(sound, () => undefined),
  ),
  fault('holds a group to its limit within a claim', 'groups/concurrency-one-by-one groups/concurrency', (sound) => ({
    async claim(input) {
      for (const { groups } of sound.state.names.values()) for (const group of groups?.groups() ?? []) group.running = 0
      sound.state.names.get(input.name)?.groups?.endWaits()
      return sound.store.claim(input)
    },
  })),
  fault('holds all groups together to the limit of one', 'groups/concurrency', (sound) =>
    limiting(sound, ({ name, limits }) => ({
      name,
      limits: limits && {
        ...limits,
        ...(limits.perGroup?.concurrency && { concurrency: limits.perGroup.concurrency }),
      },
    })),
  ),
  fault('holds the jobs without a group to the limits of one', 'groups/of-groups-only', (sound) =>
    grouping(sound, (groups, name) => {
      const nextTurn = groups.nextTurn.bind(groups)
      groups.nextTurn = (isAnyUngrouped, limits, now) => {
        const active = sound.state.names.get(name)?.active.sorted() ?? []
        const running = active.filter(({ value }) => value.group === undefined).length
        return nextTurn(isAnyUngrouped && running < (limits?.concurrency ?? Infinity), limits, now)
      }
      const serve = groups.serve.bind(groups)
      groups.serve = (turn, limits, now) => {
        serve(turn, limits, now)
        if (turn.group !== undefined || limits?.concurrency === undefined) return
        groups.nextTurn = (_isAny, own, at) => nextTurn(false, own, at)
      }
    }),
  ),
  fault('holds groups of all names to the limits of one', 'groups/limits-of-names-apart', (sound) => ({
    async setLimits(input) {
      for (const name of ['email', 'fax', 'sms']) await sound.store.setLimits({ ...input, name })
    },
  })),
  ...everyWay.map(([type, what, caughtBy]) =>
    fault(`does not count out of its group a job that is ${what}`, caughtBy, leaking([type])),
  ),
  ...everyWay.map(([type, what, caughtBy]) =>
    fault(
      `brings a group back for no job that is ${what}`,
      caughtBy,
      leaking([type], (group) => void group.running--),
    ),
  ),
  fault(
    'does not count out of its group the job of a worker that has vanished',
    'groups/crash-leaks-nothing',
    leaking(['reap']),
  ),
  fault('counts in a group no lease that has run out', 'groups/crash-leaks-nothing', (sound) => ({
    async claim(input) {
      const { groups, active } = sound.state.name(input.name)
      for (const group of groups?.groups() ?? []) {
        const valid = active
          .sorted()
          .filter(({ at, value }) => at > sound.clock.now() && value.group?.key === group.key)
        if (valid.length < group.running) groups?.endWaits()
        group.running = valid.length
      }
      return sound.store.claim(input)
    },
  })),
  fault('counts a job out of its group with each repeat of a settlement', 'groups/repeated-settle', (sound) =>
    freeing(sound, (free) => ({
      async settle({ entries }) {
        const outcomes = await sound.store.settle({ entries })
        for (const [place, { lease }] of entries.entries()) {
          if (outcomes[place]?.status === 'lost') free(lease.name, lease.id)
        }
        return outcomes
      },
    })),
  ),

  fault('looks through what waits behind a limit, a thousand at a time', 'groups/no-scan', (sound) => {
    let looked = 0
    return {
      async claim(input) {
        const groups = sound.state.names.get(input.name)?.groups?.sorted() ?? []
        const waiting = groups.reduce((sum, { group, isAside }) => sum + (isAside ? group.ready.size : 0), 0)
        if (looked + 1_000 < waiting) {
          looked += 1_000
          return { jobs: [], more: true }
        }
        looked = 0
        return sound.store.claim(input)
      },
    }
  }),
  fault('does not say that groups are set aside', 'groups/set-aside-told groups/concurrency', (sound) =>
    answeringClaims(sound, ({ setAside: _setAside, ...result }) => result),
  ),
  fault('says that groups are set aside wherever some are', 'groups/set-aside-told', (sound) =>
    answeringClaims(sound, (result, { name }) =>
      sound.state.names.get(name)?.groups?.isAnyAside === true ? { ...result, setAside: true } : result,
    ),
  ),
  fault('says that groups are set aside where some have ready jobs no more', 'groups/set-aside-told', (sound) =>
    answeringClaims(sound, (result, { limit }) =>
      result.jobs.length < limit ? { ...result, setAside: true } : result,
    ),
  ),
  fault('gives up behind a hundred groups that are at their limits', 'groups/many-set-aside', (sound) => ({
    async claim(input) {
      const groups = sound.state.names.get(input.name)?.groups?.sorted() ?? []
      const count = groups.filter(({ isAside }) => isAside).length
      return count > 100 ? { jobs: [], more: false } : sound.store.claim(input)
    },
  })),
  fault('counts a group that is set aside for a job', 'groups/no-turn', (sound) => ({
    async claim(input) {
      const { concurrency = Infinity } = sound.state.controls.get(input.name)?.limits?.perGroup ?? {}
      const groups = sound.state.names.get(input.name)?.groups?.sorted() ?? []
      const atLimit = groups.filter(({ group, isAside }) => !isAside && group.running >= concurrency).length
      return sound.store.claim({ ...input, limit: input.limit - atLimit })
    },
  })),
  fault('lets a group that is able again go first', 'groups/set-aside-and-back groups/rate-back', (sound) =>
    bringingBack(sound, 1_000),
  ),
  fault('lets a group that is able again go last', 'groups/set-aside-and-back groups/rate-back', (sound) =>
    bringingBack(sound, 0.01),
  ),
  fault('counts what a group runs only under a limit', 'groups/limits-set-later', (sound) =>
    grouping(sound, (groups) => {
      const serve = groups.serve.bind(groups)
      groups.serve = (turn, limits, now) => {
        serve(turn, limits, now)
        if (turn.group !== undefined && limits?.concurrency === undefined) turn.group.running--
      }
    }),
  ),
  fault(
    'brings no group back when limits change',
    'groups/limits-change groups/after-new-limits groups/ordered-no-more',
    (sound) => grouping(sound, (groups) => void (groups.endWaits = () => {})),
  ),
  fault('forgets what runs when limits change', 'groups/limits-change', (sound) => ({
    async setLimits(input) {
      for (const group of sound.state.names.get(input.name)?.groups?.groups() ?? []) group.running = 0
      return sound.store.setLimits(input)
    },
  })),
  fault('serves under the limit of a name the lowest key', 'groups/under-the-name', (sound) =>
    grouping(sound, (groups, name) => {
      const nextTurn = groups.nextTurn.bind(groups)
      groups.nextTurn = (isAnyUngrouped, limits, now) => {
        const turn = nextTurn(isAnyUngrouped, limits, now)
        if (sound.state.controls.get(name)?.limits?.concurrency === undefined || turn === undefined) return turn
        const able = groups.sorted().filter(({ isAside }) => !isAside)
        const [first] = able.toSorted((a, b) => (a.group.key < b.group.key ? -1 : 1))
        return first === undefined ? turn : { group: first.group, finish: turn.finish }
      }
    }),
  ),
  fault('wakes nobody when a group is able again', 'groups/wakes-when-able', (sound) =>
    grouping(sound, (groups) => {
      const ended = groups.ended.bind(groups)
      groups.ended = (job, limits) => (ended(job, limits), false)
    }),
  ),
  fault('counts no group that is set aside', 'groups/counted-set-aside', (sound) => ({
    async counts(input) {
      return (await sound.store.counts(input)).map((counts) => {
        const groups = sound.state.names.get(counts.name)?.groups?.sorted() ?? []
        return { ...counts, groups: groups.filter(({ isAside }) => !isAside).length }
      })
    },
  })),
  fault(
    'calls a name held when its groups are',
    'groups/concurrency groups/rate table/claim-its-group-at-its-limit/ready',
    (sound) =>
      answeringClaims(sound, (result, { name, limit }) =>
        result.jobs.length < limit && (sound.state.names.get(name)?.groups?.count ?? 0) > 0
          ? { held: 'concurrency', ...result }
          : result,
      ),
  ),
]
