import type { UniqueKey } from '@goscheds/core'
import type { MemoryJob } from './memory-job.js'

/** Who holds a key. */
export interface Hold {
  readonly job: MemoryJob
  /** When it ends, whatever becomes of the job; absent when it ends with the job's start or end. */
  readonly endsAt?: number
}

type OfName = Pick<MemoryJob, 'name' | 'unique'>

/** Who holds which unique key, and who is parked behind it. */
export class UniqueKeys {
  readonly #holds = new Map<string, Hold>()
  readonly #parked = new Map<string, Set<MemoryJob>>()

  /** The hold on the key that this job has or asks for, if it is in force. */
  holdOf(job: OfName, now: number): Hold | undefined {
    const hold = this.#holds.get(keyOf(job))
    return hold?.endsAt !== undefined && hold.endsAt <= now ? undefined : hold
  }

  take(job: MemoryJob, now: number): void {
    const until = job.unique?.until
    this.#holds.set(keyOf(job), typeof until === 'object' ? { job, endsAt: now + until.ttlMs } : { job })
  }

  /** Frees the key if this job holds it, and not for a time. → the job that was parked first, which is to take it */
  free(job: MemoryJob): MemoryJob | undefined {
    const key = keyOf(job)
    const hold = this.#holds.get(key)
    if (hold?.job !== job || hold.endsAt !== undefined) return undefined
    this.#holds.delete(key)
    return this.firstParked(job)
  }

  park(job: MemoryJob): void {
    const parked = this.#parked.get(keyOf(job)) ?? new Set()
    this.#parked.set(keyOf(job), parked.add(job))
  }

  unpark(job: MemoryJob): void {
    const parked = this.#parked.get(keyOf(job))
    if (parked?.delete(job) === true && parked.size === 0) this.#parked.delete(keyOf(job))
  }

  /** All that are parked behind the key, the one that was pushed first before the others. */
  parkedBehind(job: OfName): MemoryJob[] {
    return [...(this.#parked.get(keyOf(job)) ?? [])].sort((a, b) => a.generation - b.generation)
  }

  /** Of those parked behind the key, the one that was pushed first. */
  firstParked(job: OfName): MemoryJob | undefined {
    let first: MemoryJob | undefined
    for (const parked of this.#parked.get(keyOf(job)) ?? []) {
      if (first === undefined || parked.generation < first.generation) first = parked
    }
    return first
  }

  /** Forgets up to `limit` holds whose time is over. → how many */
  prune(now: number, limit: number): number {
    let pruned = 0
    for (const [key, { endsAt }] of this.#holds) {
      if (endsAt === undefined || endsAt > now || pruned >= limit) continue
      this.#holds.delete(key)
      pruned++
    }
    return pruned
  }

  /** For the audit. */
  holds(): Iterable<readonly [key: string, hold: Hold]> {
    return this.#holds
  }
}

/** Whether a job asks for a key that ends with its start or end, which others may be parked behind. */
export function endsWithJob(unique: UniqueKey | undefined): boolean {
  return unique !== undefined && typeof unique.until !== 'object'
}

function keyOf({ name, unique }: OfName): string {
  return `${name}\t${unique?.key}`
}
