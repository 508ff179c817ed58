import type { Store, StoredJob } from '@goscheds/core'

const LIMIT = 1_000
const STATES = ['scheduled', 'ready', 'active'] as const

/**
 * What is wrong with the unique keys of a store, seen in one instant: that two jobs hold one, or that a job is parked
 * behind one that nobody holds.
 */
export async function lookAtKeys(store: Store, names: readonly string[]): Promise<readonly string[]> {
  // All asked for at once, before any answer is looked at: the memory store does its work as it is called.
  const pages = await Promise.all(
    names.flatMap((name) => STATES.map((state) => store.list({ name, state, limit: LIMIT }))),
  )
  const byKey = new Map<string, StoredJob[]>()
  for (const job of pages.flatMap(({ jobs }) => jobs)) {
    if (job.unique === undefined) continue
    const key = `${job.name} ${job.unique.key}`
    byKey.set(key, [...(byKey.get(key) ?? []), job])
  }
  return [...byKey].flatMap(([key, jobs]) => wrongWith(key, jobs))
}

/** Whether it waits for its unique key. */
export function isParked({ state, dueAt }: StoredJob): boolean {
  return state === 'scheduled' && dueAt === undefined
}

/** Whether it holds its key as long as it is where it is. */
export function holdsKey(job: StoredJob): boolean {
  const until = job.unique?.until
  if (until === 'finished') return !isParked(job)
  return until === 'started' && job.state !== 'active' && !isParked(job)
}

function wrongWith(key: string, jobs: readonly StoredJob[]): string[] {
  const holders = jobs.filter(holdsKey)
  const parked = jobs.find(isParked)
  const found: string[] = []
  if (parked !== undefined && holders.length === 0) found.push(`${parked.id} is parked, and nobody holds ${key}`)
  // Beside a hold for a time a job may come back without the key that it had given up.
  const isTimed = /(ttl|any)$/.test(key)
  if (holders.length > 1 && !isTimed) found.push(`${holders.map(({ id }) => id).join(' and ')} hold ${key}`)
  return found
}
