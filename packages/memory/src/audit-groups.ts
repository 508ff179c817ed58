import type { AuditFinding, AuditKind } from '@goscheds/core'
import type { Look } from './audit.js'
import type { FairGroups, Group } from './fair-groups.js'
import type { MemoryJob } from './memory-job.js'
import type { TimedNode } from './time-ordered-set.js'

/** What the groups of a name say of themselves, beside their ready jobs, which are places like others. */
export function* looksAtGroups(
  name: string,
  groups: FairGroups | undefined,
  active: readonly TimedNode<MemoryJob>[],
): Iterable<Look> {
  const running = new Map<string, number>()
  for (const { value: job } of active) {
    if (job.group !== undefined) running.set(job.group.key, (running.get(job.group.key) ?? 0) + 1)
  }
  for (const group of groups?.groups() ?? []) {
    yield look(name, group.key, faultsOf(group, running.get(group.key) ?? 0, groups?.isToBeServed(group) === true))
    running.delete(group.key)
  }
  for (const [key, count] of running) {
    yield look(name, key, [['wrong-count', `it counts no active jobs of the group ${key}; there are ${count}`]])
  }
}

type Fault = readonly [kind: AuditKind, message: string]

function faultsOf({ key, ready, running, places }: Group, active: number, isToBeServed: boolean): Fault[] {
  const faults: Fault[] = []
  if (running !== active) {
    faults.push(['wrong-count', `it counts ${running} active jobs of the group ${key}; there are ${active}`])
  }
  if (ready.size > 0 && !isToBeServed) faults.push(['lost-job', `the group ${key} has ready jobs and is never served`])
  if (ready.size === 0 && isToBeServed)
    faults.push(['leftover', `the group ${key} is to be served, and has no ready job`])
  if ([...places].some(({ home }) => home?.state !== 'scheduled')) {
    faults.push(['leftover', `the group ${key} waits for a job that is not to come back`])
  }
  return faults
}

function look(name: string, key: string, faults: readonly Fault[]): Look {
  const at = `8\t${name}\t${key}`
  return { at, suspects: faults.map(([kind, message]): AuditFinding => ({ kind, key: at, name, message })) }
}
