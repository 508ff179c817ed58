import assert from 'node:assert/strict'
import type { GroupLimits, Lease, Store } from '@goscheds/core'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { groupsCase } from './a-grouped-job.js'
import { limit } from './a-limited-name.js'

/** A case about what groups are held to. */
export function limitedCase(
  slug: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly ('job-options' | 'still-clock')[]
): ConformanceCase {
  return groupsCase(slug, title, run, 'limits', ...requires)
}

/** Holds each group of the name `email` to this. */
export function limitGroups(store: Store, perGroup: GroupLimits): Promise<void> {
  return limit(store, { perGroup })
}

/** The lease of an active job of this group. */
export async function leaseOfGroup(store: Store, key: string): Promise<Lease> {
  const { jobs } = await store.list({ name: 'email', state: 'active', limit: 100 })
  const job = jobs.find(({ group }) => group?.key === key)
  assert.ok(job !== undefined, `no job of ${key} is active`)
  return { id: job.id, name: job.name, fence: { generation: job.generation, claim: job.claims } }
}
