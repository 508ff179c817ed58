import type { StoredJob } from '@goscheds/core'
import { spanOf } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { type Trail, uniqueKeyOf } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** The jobs of one unique key in a snapshot. */
interface OfKey {
  /** Those that hold it, or may. */
  readonly holding: StoredJob[]
  readonly parked: StoredJob[]
  /** Some hold it for a time: then one that has come back from a run may be there without it. */
  isForATime: boolean
}

/**
 * G12, as seen while nothing is under way: of each unique key there is one holder, a parked job waits for one, and one
 * successor is enough but for fires that are buffered.
 */
export function* keysAtRest({ snapshots, trails, idsOfKey }: Evidence): Iterable<Violation> {
  for (const snapshot of snapshots) {
    const seen = [spanOf(snapshot)]
    for (const [key, { holding, parked, isForATime }] of byKey(snapshot.jobs)) {
      const [waiting] = parked
      if (waiting !== undefined && holding.length === 0) {
        yield violation('G12', waiting.id, 'it waits for its unique key, and nothing holds that', seen)
      }
      const mayBeWithout = isForATime || pushedForATime([...(idsOfKey.get(key) ?? [])], trails)
      const [first, second] = holding.filter((job) => !mayBeWithout || holdsSurely(job))
      if (first !== undefined && second !== undefined) {
        yield violation('G12', second.id, `it holds its unique key, and so does ${first.id}`, seen)
      }
      const [one, another] = parked.filter(
        ({ id, unique }) => unique?.until === 'finished' && !isBuffered(trails.get(id)),
      )
      if (one !== undefined && another !== undefined) {
        yield violation('G12', another.id, `it is parked behind its unique key, and so is ${one.id}`, seen)
      }
    }
  }
}

function byKey(jobs: readonly StoredJob[]): Map<string, OfKey> {
  const keys = new Map<string, OfKey>()
  for (const job of jobs) {
    const key = uniqueKeyOf(job)
    const isWaiting = job.state === 'scheduled' || job.state === 'ready'
    if (key === undefined || !(isWaiting || job.state === 'active')) continue
    const found = keys.get(key) ?? { holding: [], parked: [], isForATime: false }
    keys.set(key, found)
    if (typeof job.unique?.until === 'object') found.isForATime = true
    else if (job.state === 'scheduled' && job.dueAt === undefined) found.parked.push(job)
    else if (isWaiting || job.unique?.until === 'finished') found.holding.push(job)
  }
  return keys
}

/** One that comes back from a run behind a hold for a time goes on without the key. */
function holdsSurely({ unique, claims }: StoredJob): boolean {
  return unique?.until === 'finished' || claims === 0
}

function pushedForATime(ids: readonly string[], trails: Evidence['trails']): boolean {
  return ids.some((id) => trails.get(id)?.pushes.some(({ job }) => typeof job.unique?.until === 'object'))
}

/** Whether it is the job of a fire that is parked behind any number of others. */
function isBuffered(trail: Trail | undefined): boolean {
  const fires = trail?.pushes.map(({ call, index }) =>
    call.method === 'fireSchedule' ? call.input.fires[index] : undefined,
  )
  return fires?.some((fire) => fire?.overlap === 'bufferAll') ?? false
}
