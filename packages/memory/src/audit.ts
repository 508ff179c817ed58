import {
  type AuditFinding,
  type AuditKind,
  type AuditPage,
  InvalidArgumentError,
  type StoreInput,
} from '@goscheds/core'
import { looksAtGroups } from './audit-groups.js'
import { isParked, type MemoryJob } from './memory-job.js'
import type { MemoryState } from './memory-state.js'
import type { NameState } from './name-state.js'
import type { TimedNode, TimeOrderedSet } from './time-ordered-set.js'
import type { QueueNode } from './work-queue.js'
import type { Hold } from './unique-keys.js'

/** What the look at one record or one place brings. `at` is where it stands in the walk, and its cursor. */
export interface Look {
  readonly at: string
  readonly suspects?: readonly AuditFinding[]
  readonly awaited?: string
  readonly seen?: string
}

const SETS = ['active', 'completed', 'dead', 'cancelled'] as const

/** `MemoryStore.audit`: a page of the walk, or a second look at suspects, which here is a whole walk at once. */
export function audit(state: MemoryState, { limit, cursor, suspects }: StoreInput<'audit'>): AuditPage {
  if (cursor !== undefined && cursor !== null && !/^[1-8]\t/.test(cursor)) {
    throw new InvalidArgumentError('cursor is not one that audit() returned')
  }
  const walk = [...looksAt(state)].sort((a, b) => (a.at < b.at ? -1 : 1))
  if (suspects !== undefined) {
    const asked = new Set(suspects.map(keyOf))
    const findings = wrongIn(walk).filter((found) => asked.has(keyOf(found)))
    return { looked: suspects.length, suspects: [], awaited: [], seen: [], findings, cursor: null }
  }
  const rest = walk.filter(({ at }) => at > (cursor ?? ''))
  const last = rest[limit - 1]?.at
  // All that stand at the same place go together: the cursor could not part them.
  const page = last === undefined ? rest : rest.filter(({ at }) => at <= last)
  return {
    looked: page.length,
    suspects: page.flatMap((look) => look.suspects ?? []).map(({ kind, key }) => ({ kind, key })),
    awaited: page.flatMap(({ awaited }) => awaited ?? []),
    seen: page.flatMap(({ seen }) => seen ?? []),
    findings: [],
    cursor: last !== undefined && page.length < rest.length ? last : null,
  }
}

function keyOf({ kind, key }: { readonly kind: AuditKind; readonly key: string }): string {
  return `${kind} ${key}`
}

/** What a walk without any pause finds wrong. */
function wrongIn(walk: readonly Look[]): AuditFinding[] {
  const sightings = new Map<string, number>()
  for (const { seen } of walk) if (seen !== undefined) sightings.set(seen, (sightings.get(seen) ?? 0) + 1)
  const lost = walk.flatMap(({ awaited }): AuditFinding[] => {
    if (awaited === undefined || sightings.has(awaited)) return []
    return [{ kind: 'lost-job', key: awaited, ...readyJob(awaited), message: 'it is ready, and in no queue' }]
  })
  const doubled = [...sightings].flatMap(([key, times]): AuditFinding[] => {
    if (times < 2) return []
    return [{ kind: 'two-places', key, ...readyJob(key), message: `it is in its queue ${times} times` }]
  })
  return [...walk.flatMap(({ suspects }) => suspects ?? []), ...lost, ...doubled]
}

function* looksAt(state: MemoryState): Iterable<Look> {
  for (const job of state.jobs.values()) yield lookAtJob(state, job)
  for (const node of state.scheduled.sorted()) yield lookAtNode(state, '2', 'scheduled', node)
  for (const [name, ofName] of state.names) {
    for (const node of ofName.ready.places()) {
      yield lookAtReady(state, `3\t${name}\t${inOrder(node.value.priority + 1_000)}\t${inOrder(node.position)}`, node)
    }
    for (const { key, ready } of ofName.groups?.groups() ?? []) {
      // A job that came back to the head has a place below 0.
      for (const node of ready.nodes()) {
        yield lookAtReady(state, `3\t${name}\tgroup\t${key}\t${inOrder(node.position + 1e15)}`, node)
      }
    }
    yield* looksAtGroups(name, ofName.groups, ofName.active.sorted())
    for (const place of SETS) {
      for (const node of ofName[place].sorted()) yield lookAtNode(state, `4\t${name}\t${place}`, place, node)
    }
    yield lookAtCounts(state, name, ofName)
  }
  for (const [key, hold] of state.keys.holds()) yield lookAtHold(state, key, hold)
}

/** A hold that ends with its job is one of a job that is there and has it still. */
function lookAtHold({ jobs }: MemoryState, key: string, { job, endsAt }: Hold): Look {
  const at = `7\t${key}`
  const { id, name, home, unique } = job
  const holds = unique?.until === 'started' ? ['scheduled', 'ready'] : ['scheduled', 'ready', 'active']
  const isInForce = jobs.get(id) === job && !isParked(job) && holds.includes(home?.state ?? '')
  if (endsAt !== undefined || isInForce) return { at }
  return { at, suspects: [{ kind: 'leftover', key: at, id, name, message: 'it holds a unique key for nothing' }] }
}

function lookAtJob({ names, scheduled, keys }: MemoryState, job: MemoryJob): Look {
  const { id, name, home } = job
  const at = `1\t${id}`
  const suspects: AuditFinding[] = []
  const suspect = (kind: AuditKind, message: string): void => void suspects.push({ kind, key: at, id, name, message })
  if (job.cancelRequested && home?.state !== 'active') suspect('leftover', 'a cancel is asked for and it is not active')
  const ofName = names.get(name)
  if (ofName === undefined) {
    suspects.push({ kind: 'unlisted-name', key: `5\t${name}`, name, message: 'it has jobs and is not in the list' })
  } else if (home === undefined) suspect('lost-job', 'it has no home')
  else if (home.state === 'ready') return { at, suspects, awaited: readyKey(job) }
  else if (isParked(job) && keys.holdOf(job, -Infinity) === undefined)
    suspect('lost-job', 'it is parked, and nobody holds its key')
  else if (!setOf(scheduled, ofName, home.state).has(home.node))
    suspect('lost-job', `it is not where it says: ${home.state}`)
  return { at, suspects }
}

function setOf(
  scheduled: TimeOrderedSet<MemoryJob>,
  ofName: NameState,
  place: 'scheduled' | (typeof SETS)[number],
): TimeOrderedSet<MemoryJob> {
  return place === 'scheduled' ? scheduled : ofName[place]
}

function lookAtNode(state: MemoryState, before: string, place: string, node: TimedNode<MemoryJob>): Look {
  const at = `${before}\t${inOrder(node.order)}\t${node.value.id}`
  const { value: job } = node
  if (state.jobs.get(job.id) !== job) {
    return { at, suspects: [stray(place === 'active' ? 'lease-without-job' : 'orphan', at, job.name, job)] }
  }
  return job.home?.node === node ? { at } : { at, suspects: [misplaced(at, job, place)] }
}

function lookAtReady(state: MemoryState, at: string, { value: job }: QueueNode<MemoryJob>): Look {
  if (state.jobs.get(job.id) !== job) return { at, suspects: [stray('orphan', at, job.name, job)] }
  return job.home?.state === 'ready' ? { at, seen: readyKey(job) } : { at, suspects: [misplaced(at, job, 'ready')] }
}

function lookAtCounts({ scheduled }: MemoryState, name: string, ofName: NameState): Look {
  const { scheduled: counted, ready, readyCount, groups } = ofName
  const at = `6\t${name}`
  const actual = scheduled.sorted().filter(({ value }) => value.name === name).length
  const inGroups = [...(groups?.groups() ?? [])].flatMap((group) => [...group.ready.nodes()]).length
  const inQueues = [...ready.places()].length + inGroups
  const message = `it counts ${counted} scheduled and ${readyCount} ready jobs; there are ${actual} and ${inQueues}`
  return counted === actual && readyCount === inQueues
    ? { at }
    : { at, suspects: [{ kind: 'wrong-count', key: at, name, message }] }
}

function stray(kind: AuditKind, key: string, name: string, { id }: MemoryJob): AuditFinding {
  return { kind, key, id, name, message: 'a place holds it, and there is no such job' }
}

function misplaced(key: string, { id, name, home }: MemoryJob, place: string): AuditFinding {
  return { kind: 'two-places', key, id, name, message: `it is ${home?.state ?? 'nowhere'}, and also in ${place}` }
}

/** Names one stay in the queue: whoever leaves it by a claim or a new due time comes back under another key. */
function readyKey({ name, generation, claims, id }: MemoryJob): string {
  return ['ready', name, generation, claims, id].join('\t')
}

function readyJob(key: string): { readonly id: string; readonly name: string } {
  const [, name = '', , , id = ''] = key.split('\t')
  return { id, name }
}

/** A whole number as a text that sorts like it. */
function inOrder(number: number): string {
  return String(number).padStart(16, '0')
}
