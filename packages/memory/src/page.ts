import { InvalidArgumentError, type JobState, type StoredJobPage } from '@goscheds/core'
import { byCodePoints } from './code-points.js'
import { type MemoryJob, toStoredJob } from './memory-job.js'
import type { MemoryState } from './memory-state.js'
import type { NameState } from './name-state.js'
import type { QueueNode } from './work-queue.js'

/** Where a place stands among those of a list. */
interface Place {
  /** 1 for groups that are to be served, 2 for those set aside, 0 for all else. */
  readonly stage: number
  readonly at: number
  /** Of the group, or empty. */
  readonly key: string
  readonly order: number
}

interface Placed extends Place {
  readonly value: MemoryJob
}

/** The jobs of a name in a state, in the order in which they are listed. */
export function placesIn({ scheduled, names }: MemoryState, name: string, state: JobState): Placed[] {
  const ofName = names.get(name)
  if (ofName === undefined) return []
  if (state === 'ready') return readyPlaces(ofName)
  const nodes = (state === 'scheduled' ? scheduled : ofName[state]).sorted()
  return nodes.filter(({ value }) => value.name === name).map((node) => ({ ...node, stage: 0, key: '' }))
}

/** One page of them: those behind the cursor, which is the last one's place. */
export function pageOf(all: readonly Placed[], limit: number, cursor: string | null): StoredJobPage {
  const from = cursor === null ? undefined : placeOf(cursor)
  const rest = from === undefined ? all : all.filter((placed) => compare(placed, from) > 0)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return {
    jobs: page.flatMap(({ value }) => (value.home === undefined ? [] : [toStoredJob(value, value.home)])),
    cursor: last !== undefined && rest.length > limit ? cursorOf(last) : null,
  }
}

function readyPlaces({ ready, groups }: NameState): Placed[] {
  const ungrouped = [...ready.places()].map((node) => placed(node, 0, node.value.priority, ''))
  const grouped = (groups?.sorted() ?? []).flatMap(({ group, at, isAside }) =>
    [...group.ready.nodes()].map((node) => placed(node, isAside ? 2 : 1, at, group.key)),
  )
  return [...ungrouped, ...grouped]
}

function placed({ position, value }: QueueNode<MemoryJob>, stage: number, at: number, key: string): Placed {
  return { stage, at, key, order: position, value }
}

function compare(a: Place, b: Place): number {
  return a.stage - b.stage || a.at - b.at || byCodePoints(a.key, b.key) || a.order - b.order
}

function cursorOf({ stage, at, order, key }: Place): string {
  return `${stage}:${at}:${order}:${key}`
}

function placeOf(cursor: string): Place {
  const [, stage, at, order, key] = /^([012]):([^:]+):(-?\d+):(.*)$/s.exec(cursor) ?? []
  if (at === undefined || key === undefined || Number.isNaN(Number(at))) {
    throw new InvalidArgumentError('cursor is not one that list() returned')
  }
  return { stage: Number(stage), at: Number(at), order: Number(order), key }
}
