import type { ClaimResult, Settlement, SettleOutcome, Store, StoreInput } from '@goscheds/core'
import type { Sound } from './fault.js'

type State = Sound['state']

/** What holds a name back, as the memory store keeps it. */
export type InnerControl = ReturnType<State['control']>

/** Changes what holds each name. */
export function controlling({ state }: Sound, change: (control: InnerControl, name: string) => void): Partial<Store> {
  const control = state.control.bind(state)
  const changed = new Set<InnerControl>()
  state.control = (of) => {
    const own = control(of)
    if (!changed.has(own)) change(own, of)
    changed.add(own)
    return own
  }
  return {}
}

/** `setLimits` that sets others; none where nothing is to change. */
export function limiting(
  { store }: Sound,
  change: (input: StoreInput<'setLimits'>) => StoreInput<'setLimits'> | null,
): Partial<Store> {
  return {
    async setLimits(input) {
      const changed = change(input)
      if (changed !== null) await store.setLimits(changed)
    },
  }
}

/** `claim` that answers something else. */
export function answeringClaims(
  { store }: Sound,
  change: (result: ClaimResult, input: StoreInput<'claim'>) => ClaimResult | Promise<ClaimResult>,
): Partial<Store> {
  return { claim: async (input) => change(await store.claim(input), input) }
}

/** How a store counts slots that does not count the leases. A sound one counts like this. */
export interface SlotRule {
  /** How many slots a settlement frees. */
  readonly freed: (settlement: Settlement, outcome: SettleOutcome) => number
  readonly freedByReap: number
  /** How many slots a cancel frees that is asked for of an active job. */
  readonly freedByCancel: number
  /** What counts as active when limits are set: what did before, or nothing. */
  readonly beginsAnew: boolean
}

const soundSlots: SlotRule = {
  freed: (_settlement, { status }) => (status === 'settled' ? 1 : 0),
  freedByReap: 1,
  freedByCancel: 0,
  beginsAnew: false,
}

/** A store that keeps its own count of the slots that are taken, by another rule. */
export function countingSlots(sound: Sound, change: Partial<SlotRule> = {}): Partial<Store> {
  const rule = { ...soundSlots, ...change }
  const { store } = sound
  const counts = new Map<string, number>()
  const add = (name: string, count: number): void => void counts.set(name, (counts.get(name) ?? 0) + count)
  return {
    ...controlling(sound, (control, name) => {
      const allowance = control.allowance.bind(control)
      control.allowance = (_active, now) => allowance(counts.get(name) ?? 0, now)
    }),
    async claim(input) {
      const result = await store.claim(input)
      add(input.name, result.jobs.length)
      return result
    },
    async settle({ entries }) {
      const outcomes = await store.settle({ entries })
      for (const [place, { lease, settlement }] of entries.entries()) {
        const outcome = outcomes[place]
        if (outcome !== undefined) add(lease.name, -rule.freed(settlement, outcome))
      }
      return outcomes
    },
    async reap(input) {
      const result = await store.reap(input)
      for (const { name } of result.reaped) add(name, -rule.freedByReap)
      return result
    },
    async cancel({ ids }) {
      const jobs = await store.get({ ids })
      for (const job of jobs) if (job?.state === 'active') add(job.name, -rule.freedByCancel)
      return store.cancel({ ids })
    },
    async setLimits(input) {
      if (rule.beginsAnew) counts.delete(input.name)
      await store.setLimits(input)
    },
  }
}
