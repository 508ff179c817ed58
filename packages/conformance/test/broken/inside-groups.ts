import type { JobGroup, Store } from '@goscheds/core'
import type { Sound } from './fault.js'
import type { InnerJob } from './inside.js'

type State = Sound['state']

/** The groups of one name, as the memory store keeps them. */
export type InnerGroups = NonNullable<ReturnType<State['name']>['groups']>

/** One group. */
export type InnerGroup = ReturnType<InnerGroups['sorted']>[number]['group']

type InnerTurn = NonNullable<ReturnType<InnerGroups['nextTurn']>>

/** Changes the groups of each name, which are there with its first job of a group. */
export function grouping({ state }: Sound, change: (groups: InnerGroups, name: string) => void): Partial<Store> {
  const name = state.name.bind(state)
  const changed = new Set<ReturnType<State['name']>>()
  state.name = (of) => {
    const own = name(of)
    if (changed.has(own)) return own
    changed.add(own)
    let groups: InnerGroups | undefined
    Object.defineProperty(own, 'groups', {
      get: () => groups,
      set(made: InnerGroups) {
        groups = made
        change(made, of)
      },
    })
    return own
  }
  return {}
}

/** Whether it is one of a group. */
export function hasGroup({ group }: { readonly group?: JobGroup }): boolean {
  return group !== undefined
}

/** The group of a job, if there is anything of it. */
export function groupOf(groups: InnerGroups, job: InnerJob): InnerGroup | undefined {
  return [...groups.groups()].find(({ key }) => key === job.group?.key)
}

/** Takes jobs out of their groups, though they go on showing them; `get` and `claim` must show them. */
export function ungroup({ state }: Sound, ids: readonly string[], shown: Map<string, InnerJob['group']>): void {
  for (const id of ids) {
    const job = state.jobs.get(id)
    if (job?.group === undefined || job.home?.state === 'active') continue
    shown.set(id, job.group)
    const name = state.name(job.name)
    if (job.home?.state === 'ready') name.removeReady(job.home.node)
    Object.assign(job, { group: undefined })
    if (job.home?.state === 'ready') job.home = { state: 'ready', node: name.pushReady(job) }
  }
}

/** How a store serves groups. */
export interface FairRule {
  /** The finish time of a group that becomes able to run; `last`: the one that it had before. */
  readonly enters: (virtual: number, weight: number, last: number | undefined, ahead: readonly number[]) => number
  /** That of one that has been served, and has more. */
  readonly next: (finish: number, weight: number) => number
  /** The weight that counts, of a group whose jobs had these. */
  readonly weight: (weights: readonly number[]) => number
  /** Whether a job more gives its group another finish time at once. */
  readonly standsAnew: boolean
  /** Of groups with equal finish times. */
  readonly compare: (a: string, b: string) => number
  /** The finish time of jobs without a group; `kept`: from their last turn. */
  readonly ungrouped: (virtual: number, kept: number | undefined) => number
  readonly isUngroupedFirst: (ungrouped: number, finish: number) => boolean
  /** Whether their finish time is forgotten when none of them is ready. */
  readonly forgetsUngrouped: boolean
  /** Whether it is forgotten with all else, though some of them wait for their turn. */
  readonly forgetsWaiting: boolean
  /** Whether all is forgotten when no group has ready jobs; also what groups had. */
  readonly forgets: boolean
  readonly forgetsGroups: boolean
  /** Whether the finish time of a group goes with its last job. */
  readonly leaves: boolean
  /** How many groups are looked at, in the order of their keys. */
  readonly seen: number
}

/** What one name has come to. */
export interface FairState {
  virtual: number
  ungrouped: number | undefined
  readonly finish: Map<string, number>
  readonly last: Map<string, number>
  readonly weights: Map<string, number[]>
}

/** What a name begins with. */
export function newFairState(): FairState {
  return { virtual: 0, ungrouped: undefined, finish: new Map(), last: new Map(), weights: new Map() }
}

const soundRule: FairRule = {
  enters: (virtual, weight) => virtual + 1 / weight,
  next: (finish, weight) => finish + 1 / weight,
  weight: (weights) => weights.at(-1) ?? 1,
  standsAnew: false,
  compare: (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)),
  ungrouped: (virtual, kept) => kept ?? virtual + 1,
  isUngroupedFirst: (ungrouped, finish) => ungrouped <= finish,
  forgetsUngrouped: true,
  forgetsWaiting: false,
  forgets: true,
  forgetsGroups: true,
  leaves: true,
  seen: Infinity,
}

/** A store that serves groups by another rule. It is sound only where no group is held to a limit. */
export function serving(
  sound: Sound,
  change: Partial<FairRule> = {},
  stateOf: (name: string) => FairState = newFairState,
): Partial<Store> {
  const rule = { ...soundRule, ...change }
  return grouping(sound, (groups, name) => {
    const fair = stateOf(name)
    const weightOf = (key: string): number => rule.weight(fair.weights.get(key) ?? [])
    const enter = (key: string): void => {
      const finish = rule.enters(fair.virtual, weightOf(key), fair.last.get(key), [...fair.finish.values()])
      fair.finish.set(key, finish)
    }

    const push = groups.push.bind(groups)
    groups.push = (job, atHead) => {
      const key = job.group?.key ?? ''
      const isFirst = (groupOf(groups, job)?.ready.size ?? 0) === 0
      fair.weights.set(key, [...(fair.weights.get(key) ?? []), job.group?.weight ?? 1])
      if ((isFirst && (rule.leaves || !fair.finish.has(key))) || rule.standsAnew) enter(key)
      return push(job, atHead)
    }
    const remove = groups.remove.bind(groups)
    groups.remove = (node) => {
      const key = node.value.group?.key ?? ''
      remove(node)
      if ((groupOf(groups, node.value)?.ready.size ?? 0) > 0 || !rule.leaves) return
      fair.last.set(key, fair.finish.get(key) ?? 0)
      fair.finish.delete(key)
    }
    groups.nextTurn = (isAnyUngrouped): InnerTurn | undefined => {
      if (isAnyUngrouped) fair.ungrouped = rule.ungrouped(fair.virtual, fair.ungrouped)
      else if (rule.forgetsUngrouped) fair.ungrouped = undefined
      const ready = groups
        .sorted()
        .map(({ group }) => ({ group, finish: fair.finish.get(group.key) ?? Infinity }))
        .toSorted((a, b) => rule.compare(a.group.key, b.group.key))
        .slice(0, rule.seen)
      const first = ready.toSorted((a, b) => a.finish - b.finish)[0]
      const { ungrouped = Infinity } = fair
      if (first === undefined || (isAnyUngrouped && rule.isUngroupedFirst(ungrouped, first.finish))) {
        return isAnyUngrouped ? { finish: ungrouped } : undefined
      }
      return first
    }
    const serve = groups.serve.bind(groups)
    groups.serve = (turn, limits, now) => {
      serve(turn, limits, now)
      fair.virtual = turn.finish
      if (turn.group === undefined) fair.ungrouped = turn.finish + 1
      else fair.finish.set(turn.group.key, rule.next(turn.finish, weightOf(turn.group.key)))
    }
    const end = groups.end.bind(groups)
    groups.end = (isAnyUngrouped) => {
      end(isAnyUngrouped)
      if (!isAnyUngrouped && rule.forgetsUngrouped) fair.ungrouped = undefined
      if (groups.count > 0 || (fair.ungrouped !== undefined && !rule.forgetsWaiting)) return
      if (rule.forgets) Object.assign(fair, { virtual: 0, ungrouped: undefined })
      if (rule.forgets && rule.forgetsGroups) fair.last.clear()
    }
  })
}
