import assert from 'node:assert/strict'
import type { JobGroup, NewJob, Store } from '@goscheds/core'
import { aJob, HOUR } from '../a-job.js'
import { type CaseContext, type ConformanceCase, fullCase, type Requirement } from '../conformance-case.js'
import { everyPage } from '../every-page.js'
import { claim, type ClaimOptions, enqueue } from '../moves.js'

/** How the key of a job without a group is written in a row of keys. */
const UNGROUPED = '-'

/** A case about groups. */
export function groupsCase(
  slug: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly Requirement[]
): ConformanceCase {
  return fullCase(`groups/${slug}`, title, run, 'groups', ...requires)
}

/** A job of this group, kept for an hour when it is dead; `-` is for no group. */
export function inGroup(key: string, more: Partial<NewJob> = {}, weight?: number): NewJob {
  const group: JobGroup = weight === undefined ? { key } : { key, weight }
  return aJob({ retention: { completedMs: 0, deadMs: HOUR }, ...(key !== UNGROUPED && { group }), ...more })
}

/** Pushes a job for each letter, in this order: `aab-` is two of the group a, one of b and one without a group. */
export async function push(store: Store, keys: string, more: Partial<NewJob> = {}): Promise<NewJob[]> {
  const jobs = [...keys].map((key) => inGroup(key, more))
  await enqueue(store, jobs)
  return jobs
}

/** Pushes so many jobs of one group and weight. */
export async function pushWeighted(store: Store, key: string, count: number, weight?: number): Promise<void> {
  await enqueue(
    store,
    Array.from({ length: count }, () => inGroup(key, {}, weight)),
  )
}

/** The keys of the groups of these jobs, in order, as `push` takes them. */
export function keysOf(jobs: readonly { readonly group?: JobGroup }[]): string {
  return jobs.map(({ group }) => group?.key ?? UNGROUPED).join('')
}

/** Claims so many, in as few calls as it takes, and expects them to be of these groups in this order. */
export async function expectServed(store: Store, keys: string, options: ClaimOptions = {}): Promise<void> {
  assert.equal(keysOf(await claim(store, { limit: keys.length, ...options })), keys)
}

/** Expects the ready jobs to be listed in this order of their groups, by pages of every size. */
export async function expectListed(store: Store, keys: string): Promise<void> {
  for (const limit of [1, 2, 100]) {
    const { jobs } = await everyPage(store, { name: 'email', state: 'ready', limit })
    assert.equal(keysOf(jobs), keys, `in pages of ${limit}`)
  }
}
