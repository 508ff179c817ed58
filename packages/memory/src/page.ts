import { InvalidArgumentError, type StoredJobPage } from '@goscheds/core'
import { type MemoryJob, toStoredJob } from './memory-job.js'
import type { TimeOrderedSet } from './time-ordered-set.js'
import type { WorkQueue } from './work-queue.js'

interface Placed {
  readonly at: number
  readonly order: number
  readonly value: MemoryJob
}

/** One page of a set or queue: the jobs of `name` behind the cursor, which is the last one's place. */
export function pageOf(
  source: TimeOrderedSet<MemoryJob> | WorkQueue<MemoryJob>,
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
  const [, at, order] = /^(-?\d+):(-?\d+)$/.exec(cursor) ?? []
  if (at === undefined || order === undefined) throw new InvalidArgumentError('cursor is not one that list() returned')
  return [Number(at), Number(order)]
}

function queued(queue: WorkQueue<MemoryJob>): Placed[] {
  const places: Placed[] = []
  for (let node = queue.head; node !== undefined; node = node.next) {
    places.push({ at: 0, order: node.position, value: node.value })
  }
  return places
}
