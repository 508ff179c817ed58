import type { MemoryStore } from '@goscheds/memory'
import type { Store } from '../../src/index.js'

/** Stands in for one call of a method: may run the real one, before or after, or not at all. */
export type Fault = (run: () => Promise<unknown>) => Promise<unknown>

/** A real memory store with a place for faults in front of each method. */
export interface FaultyStore {
  readonly store: Store
  /** The fault of a method; no entry: the method works. */
  readonly faults: Map<keyof Store, Fault>
  /** The first argument of every call so far. */
  readonly calls: (method: keyof Store) => readonly unknown[]
}

export function withFaults(memory: MemoryStore): FaultyStore {
  const faults = new Map<keyof Store, Fault>()
  const calls = new Map<keyof Store, unknown[]>()
  const store = new Proxy(memory, {
    get(target, key: keyof Store) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      return (...input: unknown[]): Promise<unknown> => {
        calls.set(key, [...(calls.get(key) ?? []), input[0]])
        const run = (): Promise<unknown> => Reflect.apply(member, target, input) as Promise<unknown>
        return (faults.get(key) ?? ((real) => real()))(run)
      }
    },
  })
  return { store, faults, calls: (method) => calls.get(method) ?? [] }
}

/** The call never reaches the store. */
export const failing: Fault = async () => {
  throw new Error('ECONNREFUSED')
}

/** The call never reaches the store, and nobody says so. */
export const hanging: Fault = () => new Promise(() => {})

/** The call takes effect and its reply is lost. */
export const replyLost: Fault = async (run) => {
  await run()
  throw new Error('ECONNRESET')
}

/** The call takes effect at once and is answered when the gate opens. */
export function answeredAfter(gate: Promise<void>): Fault {
  return async (run) => {
    const answer = await run()
    await gate
    return answer
  }
}
