import { type ClaimedJob, type NewJob, type Store, systemRuntime, type WaitedClaim } from '@goscheds/core'
import { onTestFinished } from 'vitest'
import { RedisStore, type RedisStoreOptions } from '../src/index.js'

/** A namespace that no other test has. */
export function ownNamespace(): string {
  return `test-${systemRuntime.newId()}`
}

/** A store that is closed when the test ends. */
export function aStore(options: RedisStoreOptions): RedisStore {
  const store = new RedisStore(options)
  onTestFinished(() => store.close())
  return store
}

/** A job of the name `email`, due at once, that leaves no trace; override what matters. */
export function aJob(overrides: Partial<NewJob> = {}): NewJob {
  return {
    id: systemRuntime.newId(),
    name: 'email',
    payload: '{"to":"ada@example.com"}',
    options: '',
    retention: { completedMs: 0, deadMs: 0 },
    ...overrides,
  }
}

/** As many jobs, in order. */
export function manyJobs(count: number, overrides: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, () => aJob(overrides))
}

/** Claims for `worker` until there is nothing more. */
export async function claimAll(store: Store, worker = 'worker-a', name = 'email'): Promise<ClaimedJob[]> {
  const jobs: ClaimedJob[] = []
  for (let more = true; more;) {
    const result = await store.claim({ name, worker, limit: 1_000, leaseMs: 30_000 })
    jobs.push(...result.jobs)
    more = result.more || result.jobs.length > 0
  }
  return jobs
}

/** Completes the jobs and returns how many of the leases were current. */
export async function completeAll(store: Store, jobs: readonly ClaimedJob[]): Promise<number> {
  const outcomes = await store.settle({
    entries: jobs.map((lease) => ({ lease, settlement: { type: 'completed', retentionMs: 0 } })),
  })
  return outcomes.filter(({ status }) => status === 'settled').length
}

/** The ids, in order. */
export function idsOf(jobs: readonly { readonly id: string }[]): string[] {
  return jobs.map(({ id }) => id)
}

/** A wait that is under way, once the server has it. */
export interface Wait {
  readonly returned: Promise<WaitedClaim | void>
  readonly abort: () => void
}

/** Begins a wait, without making sure that the server has it. */
export function wait(store: Store, worker = 'worker-a', name = 'email', timeoutMs = 30_000): Wait {
  const controller = new AbortController()
  const returned = store.waitForReady({ name, worker, timeoutMs, signal: controller.signal })
  returned.catch(() => {})
  return { returned, abort: () => controller.abort() }
}

/** Asks again and again until the answer is yes; fails when that takes 5 seconds. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within 5 s: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
