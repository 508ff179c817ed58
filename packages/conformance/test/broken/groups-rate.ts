import type { Store } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { type InnerGroups, grouping } from './inside-groups.js'
import { answeringClaims, limiting } from './inside-limits.js'

type Limits = Parameters<InnerGroups['serve']>[1]

/** A store whose groups take turns under other limits, or at another time. */
function limitingTurns(
  sound: Sound,
  change: (limits: Limits, groups: InnerGroups) => Limits,
  shift: (now: number) => number = (now) => now,
): Partial<Store> {
  return grouping(sound, (groups) => {
    const nextTurn = groups.nextTurn.bind(groups)
    const serve = groups.serve.bind(groups)
    groups.nextTurn = (isAnyUngrouped, limits, now) => nextTurn(isAnyUngrouped, change(limits, groups), shift(now))
    groups.serve = (turn, limits, now) => serve(turn, change(limits, groups), shift(now))
  })
}

/** A store that makes groups able again that have waited until another time. */
function beginning(sound: Sound, shift: (now: number) => number): Partial<Store> {
  return grouping(sound, (groups) => {
    const begin = groups.begin.bind(groups)
    groups.begin = (now) => begin(shift(now))
  })
}

/** Stores whose groups have the wrong buckets, or that tell of them wrongly. */
export const groupsRateFaults: readonly Fault[] = [
  fault('knows no buckets of groups', 'groups/rate groups/rate-exactly groups/bucket-outlives', (sound) =>
    limitingTurns(sound, (limits) => {
      const { rate: _rate, ...rest } = limits ?? {}
      return rest
    }),
  ),
  fault('has one bucket for all groups', 'groups/rate groups/rate-held-for', (sound) =>
    limiting(sound, ({ name, limits }) => ({
      name,
      limits: limits && { ...limits, ...(limits.perGroup?.rate && { rate: limits.perGroup.rate }) },
    })),
  ),
  fault('makes a group able a little too early', 'groups/rate-exactly', (sound) =>
    limitingTurns(
      sound,
      (limits) => limits,
      (now) => now + 1,
    ),
  ),
  fault('makes a group able a little too late', 'groups/rate-exactly', (sound) => beginning(sound, (now) => now - 1)),
  fault('makes no group able again that waits for a token', 'groups/rate groups/rate-back', (sound) =>
    beginning(sound, () => -Infinity),
  ),
  fault('takes no token for a job that comes back', 'groups/rate-each-claim', (sound) =>
    grouping(sound, (groups) => {
      const serve = groups.serve.bind(groups)
      const nextTurn = groups.nextTurn.bind(groups)
      groups.serve = (turn, limits, now) => {
        const isFirst = (turn.group?.ready.head?.value.claims ?? 0) === 0
        serve(turn, isFirst ? limits : undefined, now)
      }
      groups.nextTurn = (isAnyUngrouped, limits, now) => {
        const next = groups.first?.ready.head?.value
        return nextTurn(isAnyUngrouped, (next?.claims ?? 0) === 0 ? limits : undefined, now)
      }
    }),
  ),
  fault('forgets the bucket of a group with its last job', 'groups/bucket-outlives', ({ store, state }) => {
    const forget = (): void => {
      for (const name of state.names.values()) {
        if (name.groups?.count === 0 && [...name.groups.groups()].length === 0) name.groups = undefined
      }
    }
    return {
      async settle(input) {
        const outcomes = await store.settle(input)
        forget()
        return outcomes
      },
    }
  }),
  fault('fills the buckets of groups when limits are set', 'groups/rate-not-refilled', (sound) => {
    let shift = 0
    return {
      ...limitingTurns(
        sound,
        (limits) => limits,
        (now) => now + shift,
      ),
      async setLimits(input) {
        shift += 10 ** 10
        await sound.store.setLimits(input)
      },
    }
  }),
  fault('lets groups pay back all that they owed under limits of before', 'groups/rate-never-emptier', (sound) => {
    let before: Limits
    return {
      ...limitingTurns(sound, (limits) => ({ ...limits, ...(before?.rate && { rate: before.rate }) })),
      async setLimits(input) {
        before ??= input.limits?.perGroup
        await sound.store.setLimits(input)
      },
    }
  }),
  fault(
    'lets a group wait for its token and not for its job',
    'groups/rate-and-concurrency groups/listed-both',
    (sound) =>
      limitingTurns(sound, (limits) => {
        const { concurrency: _concurrency, ...rest } = limits ?? {}
        return limits?.rate === undefined ? limits : rest
      }),
  ),
  fault('lets a group wait for its job and not for its token', 'groups/rate-and-concurrency', (sound) =>
    limitingTurns(sound, (limits) => {
      const { rate: _rate, ...rest } = limits ?? {}
      return limits?.concurrency === undefined ? limits : rest
    }),
  ),

  fault(
    'does not say when a group is able again',
    'groups/rate groups/rate-exactly groups/rate-held-for groups/rate-held-for-nobody',
    (sound) =>
      answeringClaims(sound, ({ heldForMs, ...result }) =>
        result.held === undefined || heldForMs === undefined ? result : { ...result, heldForMs },
      ),
  ),
  fault('wakes nobody who could wait for the token of a group', 'groups/rate-woken', ({ store, state }) => ({
    waitForReady(input) {
      const until = state.names.get(input.name)?.groups?.firstAsideUntil ?? Infinity
      return store.waitForReady(Number.isFinite(until) ? { ...input, name: `not ${input.name}` } : input)
    },
  })),
  fault('tells when the last group is able again', 'groups/rate-held-for', (sound) =>
    answeringClaims(sound, (result, { name }) => {
      const aside = sound.state.names.get(name)?.groups?.sorted() ?? []
      const times = aside.filter(({ isAside, at }) => isAside && Number.isFinite(at)).map(({ at }) => at)
      if (result.held !== undefined || result.heldForMs === undefined) return result
      return { ...result, heldForMs: Math.max(...times) - sound.clock.now() }
    }),
  ),
  fault(
    'tells when a group is able again also when it has all that it asked for',
    'groups/rate-held-for-nobody',
    (sound) =>
      answeringClaims(sound, (result, { name }) => {
        const until = sound.state.names.get(name)?.groups?.firstAsideUntil ?? Infinity
        return Number.isFinite(until) ? { heldForMs: until - sound.clock.now(), ...result } : result
      }),
  ),
  fault('tells of a group before it tells of the name', 'groups/rate-held-name', (sound) =>
    answeringClaims(sound, (result, { name }) => {
      const until = sound.state.names.get(name)?.groups?.firstAsideUntil ?? Infinity
      return Number.isFinite(until) ? { ...result, heldForMs: until - sound.clock.now() } : result
    }),
  ),
  fault('tells of a time where no time will do it', 'groups/rate-and-concurrency groups/after-new-limits', (sound) =>
    answeringClaims(sound, (result, { name }) =>
      (sound.state.names.get(name)?.groups?.count ?? 0) > 0 ? { heldForMs: 1_000, ...result } : result,
    ),
  ),
  fault(
    'lists groups that wait for a token with those that wait for a job',
    'groups/listed-both groups/listed-by-time',
    (sound) =>
      grouping(sound, (groups) => {
        const sorted = groups.sorted.bind(groups)
        groups.sorted = () =>
          sorted()
            .map((one) => (one.isAside ? { ...one, at: Infinity } : one))
            .toSorted(
              (a, b) => Number(a.isAside) - Number(b.isAside) || (a.isAside && a.group.key < b.group.key ? -1 : 0),
            )
      }),
  ),
]
