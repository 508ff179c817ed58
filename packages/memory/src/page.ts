import { InvalidArgumentError, type StoredJobPage } from '@goscheds/core'
import { type MemoryJob, toStoredJob } from './memory-job.js'
import type { ReadyQueue } from './ready-queue.js'
import type { TimeOrderedSet } from './time-ordered-set.js'

interface Placed {
  readonly at: number
  readonly order: number
  readonly value: MemoryJob
}

/** One page of a set or queue: the jobs of `name` behind the cursor, which is the last one's place. */
export function pageOf(
  source: TimeOrderedSet<MemoryJob> | ReadyQueue,
  name: string,
  limit: number,
  cursor: string | null,
): StoredJobPage {
  const [fromAt, fromOrder] = placeOf(cursor)
  const isBehind = ({ at, order }: Placed): boolean => at > fromAt || (at === fromAt && order > fromOrder)
  const all = 'sorted' in source ? source.sorted() : queued(source)
  const rest = all.filter((placed) => placed.value.name === name && isBehind(placed))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return {
    jobs: page.flatMap(({ value }) => (value.home === undefined ? [] : [toStoredJob(value, value.home)])),
    cursor: last !== undefined && rest.length > limit ? `${last.at}:${last.order}` : null,
  }
}

function placeOf(cursor: string | null): readonly [number, number] {
  if (cursor === null) return [-Infinity, -Infinity]
  const [, at, order] = /^(-?\d+|Infinity):(-?\d+)$/.exec(cursor) ?? []
  if (at === undefined || order === undefined) throw new InvalidArgumentError('cursor is not one that list() returned')
  return [Number(at), Number(order)]
}

function queued(queue: ReadyQueue): Placed[] {
  return [...queue.places()].map(({ position, value }) => ({ at: value.priority, order: position, value }))
}
