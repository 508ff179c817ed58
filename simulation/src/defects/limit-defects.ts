import type { Store } from '@goscheds/core'
import { type Defect, defect, type Inner, innerDefect } from './defect.js'

type Control = NonNullable<ReturnType<Inner['state']['controls']['get']>>
type Groups = NonNullable<NonNullable<ReturnType<Inner['state']['names']['get']>>['groups']>

/** Calls `change` with what holds a name, when there is something, before each claim. */
function changingControl(change: (control: Control, inner: Inner) => void): (inner: Inner) => Partial<Store> {
  return (inner) => {
    const changed = new Set<Control>()
    return {
      claim(input) {
        const control = inner.state.controls.get(input.name)
        if (control !== undefined && !changed.has(control)) change(control, inner)
        if (control !== undefined) changed.add(control)
        return inner.store.claim(input)
      },
    }
  }
}

/** Calls `change` with the groups of each name before each call that may move them. */
function changingGroups(inner: Inner, change: (groups: Groups) => void): Partial<Store> {
  const changed = new Set<Groups>()
  const { store, state } = inner
  const changeAll = (): void => {
    for (const { groups } of state.names.values()) {
      if (groups === undefined || changed.has(groups)) continue
      changed.add(groups)
      change(groups)
    }
  }
  const before =
    <Input, Output>(call: (input: Input) => Promise<Output>) =>
    (input: Input): Promise<Output> => {
      changeAll()
      return call(input)
    }
  return {
    claim: before((input) => store.claim(input)),
    settle: before((input) => store.settle(input)),
    reap: before((input) => store.reap(input)),
  }
}

/** What a reap does not do while it runs. */
function whileReaping(inner: Inner, broken: (isReaping: () => boolean) => Partial<Store>): Partial<Store> {
  let isReaping = false
  const methods = broken(() => isReaping)
  const reap = methods.reap ?? ((input) => inner.store.reap(input))
  return {
    ...methods,
    reap(input) {
      // The memory store does its whole work before it returns.
      isReaping = true
      const result = reap(input)
      isReaping = false
      return result
    },
  }
}

/** Stores that are broken in how they hold names and groups to limits, or in whose turn it is. */
export const limitDefects: readonly Defect[] = [
  innerDefect(
    'ignores the concurrency of a name now and then',
    'G13',
    changingControl((control, { random }) => {
      const allowance = control.allowance.bind(control)
      control.allowance = (active, now) => allowance(random.chance(0.1) ? 0 : active, now)
    }),
  ),
  innerDefect('leaks the slot of a job that it reaps', 'G13', (inner) => {
    const leaked = new Map<string, number>()
    const { claim } = changingControl((control) => {
      const allowance = control.allowance.bind(control)
      const name = [...inner.state.controls].find(([, one]) => one === control)?.[0] ?? ''
      control.allowance = (active, now) => allowance(active + (leaked.get(name) ?? 0), now)
    })(inner)
    return {
      ...(claim !== undefined && { claim }),
      async reap(input) {
        const result = await inner.store.reap(input)
        for (const { name } of result.reaped) leaked.set(name, (leaked.get(name) ?? 0) + 1)
        return result
      },
    }
  }),
  innerDefect('leaks the slot in its group of a job that it reaps', 'G13', (inner) =>
    whileReaping(inner, (isReaping) =>
      changingGroups(inner, (groups) => {
        const ended = groups.ended.bind(groups)
        groups.ended = (job, limits) => !isReaping() && ended(job, limits)
      }),
    ),
  ),
  innerDefect(
    'lets a rate begin anew with each second',
    'G13',
    changingControl((control) => {
      const allowance = control.allowance.bind(control)
      let second = 0
      control.allowance = (active, now) => {
        if (Math.floor(now / 1_000) > second) control.bucket = undefined
        second = Math.floor(now / 1_000)
        return allowance(active, now)
      }
    }),
  ),
  innerDefect('lets a group begin what its bucket has no token for', 'G13', ({ store, state }) => ({
    claim(input) {
      const control = state.controls.get(input.name)
      const limits = control?.limits
      if (control === undefined || limits?.perGroup?.rate === undefined) return store.claim(input)
      const { rate, ...perGroup } = limits.perGroup
      control.limits = { ...limits, perGroup }
      const result = store.claim(input)
      control.limits = limits
      return result
    },
  })),
  defect('forgets a hold', 'G13', ({ store }) => ({
    settle: ({ entries }) =>
      store.settle({
        entries: entries.map(({ lease, settlement }) => {
          if (settlement.type !== 'released') return { lease, settlement }
          const { type, delayMs } = settlement
          return { lease, settlement: { type, delayMs } }
        }),
      }),
  })),
  innerDefect('lets a shorter hold end a longer one', 'G13', ({ store, state, clock }) => ({
    async settle({ entries }) {
      const outcomes = await store.settle({ entries })
      for (const [index, { lease, settlement }] of entries.entries()) {
        if (settlement.type !== 'released' || outcomes[index]?.status !== 'settled') continue
        const { holdNameMs } = settlement
        if (holdNameMs !== undefined) state.control(lease.name).heldUntil = Math.floor(clock.now) + holdNameMs
      }
      return outcomes
    },
  })),
  innerDefect('serves the same group as long as it has jobs', 'G11', (inner) =>
    changingGroups(inner, (groups) => {
      const nextTurn = groups.nextTurn.bind(groups)
      groups.nextTurn = (isAnyUngrouped, limits, now) => {
        const turn = nextTurn(isAnyUngrouped, limits, now)
        if (turn?.group === undefined || limits !== undefined) return turn
        const [first] = groups.sorted().toSorted((a, b) => (a.group.key < b.group.key ? -1 : 1))
        return first === undefined ? turn : { finish: first.at, group: first.group }
      }
    }),
  ),
  innerDefect('forgets whose turn it is whenever no group has jobs left', 'G11', (inner) =>
    changingGroups(inner, (groups) => {
      const end = groups.end.bind(groups)
      groups.end = (isAnyUngrouped) => end(isAnyUngrouped && groups.count > 0)
    }),
  ),
  innerDefect('puts a job that comes back to the tail of its ordered group', 'G10', (inner) =>
    changingGroups(inner, (groups) => {
      const push = groups.push.bind(groups)
      groups.push = (job) => {
        groups.giveUpPlace(job, undefined)
        return push(job, false)
      }
    }),
  ),
  innerDefect('keeps no place for a job of an ordered group that is to be tried again later', 'G10', (inner) =>
    changingGroups(inner, (groups) => {
      groups.keepPlace = () => undefined
    }),
  ),
]
