import type { ClaimedJob, NewJob, Settlement, Store } from '@goscheds/core'
import type { Redis } from 'ioredis'

/** What a case works with: a store on an empty namespace whose clock stands still, and the keys below it. */
export interface ScriptCaseContext {
  readonly store: Store
  readonly advance: (ms: number) => Promise<void>
  readonly now: () => Promise<number>
  readonly damage: (id: string) => Promise<void>
  readonly client: Redis
  /** A key of the namespace. */
  readonly key: (rest: string) => string
}

/**
 * What a script must do to the keys of Redis that no caller of a store sees at once. Needs no test runner, so that
 * the mutation tests can run it on faulty scripts, as they do with the cases of the conformance suite.
 */
export interface ScriptCase {
  /** `redis/…`, unique. */
  readonly id: string
  readonly title: string
  /** Rejects when the scripts do otherwise. */
  readonly run: (context: ScriptCaseContext) => Promise<void>
}

/** A case, in short. */
export function scriptCase(id: string, title: string, run: ScriptCase['run']): ScriptCase {
  return { id: `redis/${id}`, title, run }
}

/** How long the jobs of these cases are kept when they have ended. */
export const HOUR = 3_600_000

/** How long the leases of these cases last. */
export const LEASE_MS = 30_000

/** A job of the name `email`, due at once and kept for an hour; override what matters. */
export function kept(id: string, overrides: Partial<NewJob> = {}): NewJob {
  return { id, name: 'email', payload: id, options: '', retention: { completedMs: HOUR, deadMs: HOUR }, ...overrides }
}

/** Such a job that leaves no trace. */
export function gone(id: string, overrides: Partial<NewJob> = {}): NewJob {
  return kept(id, { retention: { completedMs: 0, deadMs: 0 }, ...overrides })
}

/** Pushes jobs of these ids, each due at once. */
export async function push(store: Store, ...jobs: readonly NewJob[]): Promise<void> {
  await store.enqueue({ jobs })
}

/** Claims up to so many jobs of the name `email`. */
export async function claim(store: Store, limit = 100, worker = 'worker-a', name = 'email'): Promise<ClaimedJob[]> {
  const { jobs } = await store.claim({ name, worker, limit, leaseMs: LEASE_MS })
  return [...jobs]
}

/** Ends all of these leases in the same way, in one call. */
export async function settleAll(store: Store, leases: readonly ClaimedJob[], settlement: Settlement): Promise<void> {
  await store.settle({ entries: leases.map((lease) => ({ lease, settlement })) })
}

/** The ids, in order. */
export function idsOf(jobs: readonly { readonly id: string }[]): string[] {
  return jobs.map(({ id }) => id)
}

/** Every key of the namespace but the clock, without its prefix, in alphabetical order. */
export async function keysLeft({ client, key }: ScriptCaseContext): Promise<string[]> {
  const prefix = key('')
  const all = await client.keys('*')
  const own = all.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  return own.filter((name) => name !== 'clock').sort()
}

/** The scores of a sorted set by its members. */
export async function scoresOf({ client, key }: ScriptCaseContext, rest: string): Promise<Record<string, number>> {
  const flat = await client.zrange(key(rest), '0', '-1', 'WITHSCORES')
  return Object.fromEntries(flat.flatMap((member, i) => (i % 2 === 0 ? [[member, Number(flat[i + 1])]] : [])))
}

/** Moves tickets from the head of the work queue into a worker's inbox, as its BLMOVE would have. */
export async function popped({ client, key, now }: ScriptCaseContext, worker: string, count = 1): Promise<void> {
  await client.zadd(key('inboxes'), (await now()) + 60_000, `email\t${worker}`)
  for (let i = 0; i < count; i++) await client.lmove(key('email:ready'), key(`email:inbox:${worker}`), 'RIGHT', 'LEFT')
}
