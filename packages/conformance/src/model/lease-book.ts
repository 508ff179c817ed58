import type { Lease, StoredJob } from '@goscheds/core'
import { leaseOf } from '../moves.js'

/** The same lease as the model and as the store under test know it. */
export interface LeasePair {
  readonly model: Lease
  readonly store: Lease
}

/** Which lease a command is about; `nth` counts from the latest and goes round among those there are. */
export interface LeaseChoice {
  readonly of: 'current' | 'old' | 'any' | 'next claim' | 'next generation' | 'other name'
  readonly nth: number
}

/** Every lease that was handed out in a sequence, oldest first. */
export class LeaseBook {
  readonly #all: LeasePair[] = []

  add(model: readonly Lease[], store: readonly Lease[]): void {
    for (const [index, lease] of model.entries()) {
      const counterpart = store[index]
      if (counterpart !== undefined) this.#all.push({ model: leaseOf(lease), store: leaseOf(counterpart) })
    }
  }

  /** The leases of these active jobs of the model. */
  currentOf(active: readonly StoredJob[]): LeasePair[] {
    return this.#all.filter(({ model }) =>
      active.some(
        ({ id, generation, claims }) =>
          id === model.id && generation === model.fence.generation && claims === model.fence.claim,
      ),
    )
  }

  /** The lease that is meant; one that never was, when there is none to choose from. */
  choose({ of, nth }: LeaseChoice, current: readonly LeasePair[]): LeasePair {
    const old = of === 'old' ? this.#all.filter(({ model: { id } }, index) => this.#isClaimedAfter(id, index)) : []
    const isForged = of !== 'current' && of !== 'old' && of !== 'any' && current.length > 0
    const among = (isForged || of === 'current') && current.length > 0 ? current : old.length > 0 ? old : this.#all
    const pair = among[among.length - 1 - (nth % among.length)]
    if (pair === undefined) return { model: neverWas, store: neverWas }
    // A forged lease is one beside the current one; beside an old one it might be current on one side only.
    return isForged ? { model: forged(pair.model, of), store: forged(pair.store, of) } : pair
  }

  #isClaimedAfter(id: string, index: number): boolean {
    return this.#all.slice(index + 1).some(({ model }) => model.id === id)
  }
}

const neverWas: Lease = { id: 'never-was', name: 'email', fence: { generation: 1, claim: 1 } }

function forged({ id, name, fence: { generation, claim } }: Lease, how: LeaseChoice['of']): Lease {
  if (how === 'next claim') return { id, name, fence: { generation, claim: claim + 1 } }
  if (how === 'next generation') return { id, name, fence: { generation: generation + 1, claim } }
  return { id, name: `not ${name}`, fence: { generation, claim } }
}
