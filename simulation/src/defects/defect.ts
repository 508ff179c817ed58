import type { Guarantee } from '@goscheds/conformance/history'
import type { Lease, NewJob, Store, StoredJob } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { openManualMemoryStore } from '@goscheds/memory/testing'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { VirtualClock } from '../clock/virtual-clock.js'
import type { Host } from '../world/host.js'
import type { OpenStore } from '../world/world.js'

/** A store that is broken in one place: the simulation must see it, by the guarantee that it breaks. */
export interface Defect {
  /** What is wrong with the store, as the end of a sentence that begins with "a store that". */
  readonly name: string
  readonly guarantee: Guarantee
  readonly open: OpenStore
  /** Whether a wait may set a job aside for the worker that waits. Default false. */
  readonly setsAside?: boolean
}

/** What a defect has to work with. */
export interface Sound {
  readonly store: Store
  readonly clock: VirtualClock
  readonly random: SeededRandom
}

/** A sound memory store in which some methods are replaced. */
export function defect(name: string, guarantee: Guarantee, broken: (sound: Sound) => Partial<Store>): Defect {
  const open: OpenStore = (clock, random) => {
    const store = new MemoryStore({ clock: clock.asStoreClock() })
    return { store: altered(store, broken({ store, clock, random })) }
  }
  return { name, guarantee, open }
}

/** What a defect within the memory store has to work with. */
export interface Inner extends Sound {
  /** What the store keeps inside. */
  readonly state: ReturnType<typeof openManualMemoryStore>['state']
}

/** As {@link defect}, for what no method can do wrong from outside. */
export function innerDefect(name: string, guarantee: Guarantee, broken: (inner: Inner) => Partial<Store>): Defect {
  const open: OpenStore = (clock, random) => {
    const { state } = openManualMemoryStore()
    const store = new MemoryStore({ clock: clock.asStoreClock() }, state)
    return { store: altered(store, broken({ store, clock, random, state })) }
  }
  return { name, guarantee, open }
}

/** A sound memory store that has the wrong time in one method. `off`: how much ahead, in milliseconds. */
export function clockDefect(
  name: string,
  guarantee: Guarantee,
  method: 'promote' | 'reap',
  off: (host: Host, clock: VirtualClock) => number,
): Defect {
  const open: OpenStore = (clock) => {
    let aheadMs = 0
    const sound = clock.asStoreClock()
    const store = new MemoryStore({ clock: { ...sound, now: () => sound.now() + aheadMs } })
    const asSeenBy = (host: Host): Store => {
      const call = (input: never): Promise<unknown> => {
        // The memory store does its whole work before it returns.
        aheadMs = off(host, clock)
        const result = store[method](input)
        aheadMs = 0
        return result
      }
      return altered(store, { [method]: call })
    }
    return { store, asSeenBy }
  }
  return { name, guarantee, open }
}

/** How a job is pushed once more by a store that should have moved it. */
export function asNew({ id, name, payload, options, executeAt, priority, expiresAt }: StoredJob): NewJob {
  const asked = { ...(priority !== undefined && { priority }), ...(expiresAt !== undefined && { expiresAt }) }
  return { id, name, payload, options, executeAt, retention: { completedMs: 0, deadMs: 60_000 }, ...asked }
}

/** All jobs in this state. */
export async function jobsIn(store: Store, state: StoredJob['state']): Promise<readonly StoredJob[]> {
  const names = (await store.counts({})).map(({ name }) => name)
  const pages = await Promise.all(names.map((name) => store.list({ name, state, limit: 1_000 })))
  return pages.flatMap(({ jobs }) => jobs)
}

/** The leases under which these jobs are active now, whatever fence the given ones carry. */
export async function currentLeases(store: Store, leases: readonly Lease[]): Promise<readonly Lease[]> {
  const jobs = await store.get({ ids: leases.map(({ id }) => id) })
  return leases.map((lease, index) => {
    const job = jobs[index]
    return job ? { ...lease, fence: { generation: job.generation, claim: job.claims } } : lease
  })
}

/** The store with some methods replaced. */
export function altered(store: Store, broken: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(key in broken ? broken : target, key)
      return typeof value === 'function' ? value.bind(key in broken ? broken : target) : value
    },
  })
}
