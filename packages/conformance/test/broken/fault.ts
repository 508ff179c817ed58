import type { ClaimedJob, JobState, SettleEntry, Settlement, Store, StoredJob } from '@goscheds/core'
import type { ManualClock } from '@goscheds/core'
import type { ManualMemoryStore } from '@goscheds/memory/testing'

/** The sound store that a fault is put into, with what a fault may look at. */
export interface Sound {
  readonly store: Store
  readonly clock: ManualClock
  /** What the store keeps inside, for faults that no wrapper around its methods can make. */
  readonly state: ManualMemoryStore['state']
  /** The ids whose records the case has damaged. */
  readonly damaged: ReadonlySet<string>
}

/** One way to break a store, and the cases that name it. */
export interface Fault {
  /** What the broken store does. */
  readonly name: string
  /** Ids of cases that must fail; each passes on the sound store. */
  readonly caughtBy: readonly string[]
  /** The methods that the broken store has in place of the sound ones. */
  readonly methods: (sound: Sound) => Partial<Store>
  /** What `connect` gives is a store of its own, not another handle on the same jobs. */
  readonly separateHandles?: boolean
  /** The methods that what `connect` gives has in place of those of the broken store. */
  readonly otherHandles?: (broken: Sound) => Partial<Store>
}

/** A fault; the ids of the cases that catch it are separated by spaces. */
export function fault(name: string, caughtBy: string, methods: Fault['methods']): Fault {
  return { name, caughtBy: caughtBy.split(/\s+/).filter((id) => id !== ''), methods }
}

/** A store with some methods in place of its own. */
export function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, key): unknown {
      const own: unknown = Reflect.get(methods, key)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** `claim` that hands out changed jobs. */
export function claiming({ store }: Sound, change: (job: ClaimedJob) => ClaimedJob): Partial<Store> {
  return {
    async claim(input) {
      const result = await store.claim(input)
      return { ...result, jobs: result.jobs.map(change) }
    },
  }
}

/** `get` that shows changed jobs. */
export function showing({ store }: Sound, change: (job: StoredJob) => StoredJob | null): Partial<Store> {
  return { get: async (input) => (await store.get(input)).map((job) => (job === null ? null : change(job))) }
}

/** `settle` that takes each settlement for another. */
export function settling(
  { store }: Sound,
  change: (settlement: Settlement, entry: SettleEntry) => Settlement,
): Partial<Store> {
  return {
    settle: ({ entries }) =>
      store.settle({ entries: entries.map((entry) => ({ ...entry, settlement: change(entry.settlement, entry) })) }),
  }
}

/** All jobs of a state, of every name, in the order of the listing. */
export async function all(store: Store, state: JobState): Promise<StoredJob[]> {
  const jobs: StoredJob[] = []
  for (const { name } of await store.counts({})) {
    jobs.push(...(await store.list({ name, state, limit: 10_000 })).jobs)
  }
  return jobs
}

/** Moves ready jobs to the tail of their queue, in the order given. */
export async function toTail(store: Store, jobs: readonly StoredJob[]): Promise<void> {
  await store.reschedule({ entries: jobs.map(({ id }) => ({ id, delayMs: 0 })) })
}
