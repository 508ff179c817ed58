import { jobStates, type StoredJob } from '@goscheds/core'
import { spanOf } from '../calls.js'
import type { SnapshotEvent } from '../event.js'
import type { Evidence } from '../gather-evidence.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G2: no job is in two places, and the counts are those of the jobs that are there. */
export function* oneHome({ callsOf, snapshots }: Evidence): Iterable<Violation> {
  for (const call of callsOf('claim')) {
    for (const id of repeated(call.output?.jobs ?? []))
      yield violation('G2', id, 'one claim handed it out twice', [call])
  }
  for (const snapshot of snapshots) {
    for (const id of repeated(snapshot.jobs)) {
      const states = snapshot.jobs.filter((job) => job.id === id).map(({ state }) => state)
      yield violation('G2', id, `it was in ${states.length} places at once: ${states.join(', ')}`, [spanOf(snapshot)])
    }
    yield* countsThatDiffer(snapshot)
  }
}

function* countsThatDiffer(snapshot: SnapshotEvent): Iterable<Violation> {
  const listed = new Map<string, number>()
  for (const job of snapshot.jobs) listed.set(keyOf(job), (listed.get(keyOf(job)) ?? 0) + 1)
  for (const counts of snapshot.counts) {
    for (const state of jobStates) {
      const there = listed.get(keyOf({ name: counts.name, state })) ?? 0
      if (there === counts[state]) continue
      const message = `${counts[state]} ${state} jobs of '${counts.name}' were counted, and ${there} were there`
      yield violation('G2', undefined, message, [spanOf(snapshot)])
    }
  }
}

function keyOf({ name, state }: Pick<StoredJob, 'name' | 'state'>): string {
  return `${state}\n${name}`
}

function repeated(jobs: readonly { readonly id: string }[]): Set<string> {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { id } of jobs) (seen.has(id) ? twice : seen).add(id)
  return twice
}
