import type { GroupLimits } from '@goscheds/core'
import { byCodePoints } from './code-points.js'
import type { MemoryJob } from './memory-job.js'
import { type TimedNode, TimeOrderedSet } from './time-ordered-set.js'
import { type Bucket, cutToSize, isFull, takeTokens, tokenInMs, tokensOf } from './token-bucket.js'
import { type QueueNode, WorkQueue } from './work-queue.js'

/** Of one group, as long as something of it waits ready, runs, or keeps its place. */
export interface Group {
  readonly key: string
  readonly ready: WorkQueue<MemoryJob>
  running: number
  weight: number
  /** Jobs that are scheduled and come back to the head of the group. */
  readonly places: Set<MemoryJob>
  /** Where it stands among those able to run, or among those set aside; it is there while it has ready jobs. */
  node: TimedNode<Group, string> | undefined
}

/** Whose turn it is, and its finish time; no group: the jobs without one. */
export interface Turn {
  readonly finish: number
  readonly group?: Group
}

const NO_LIMITS: GroupLimits = {}

/** The groups of one name, served by virtual finish time. */
export class FairGroups {
  readonly #groups = new Map<string, Group>()
  /** By finish time, and of equal ones by key. */
  readonly #able = new TimeOrderedSet<Group, string>(byCodePoints)
  /** By the time from which a claim makes them able: Infinity where no time will do it. */
  readonly #aside = new TimeOrderedSet<Group, string>(byCodePoints)
  /** By key, what each lacks of being full; absent for one that lacks nothing. */
  readonly #buckets = new Map<string, Bucket>()
  #virtualTime = 0
  /** The finish time of the jobs without a group. */
  #ungrouped: number | undefined
  #size = 0

  /** How many jobs are ready. */
  get size(): number {
    return this.#size
  }

  /** How many groups have ready jobs. */
  get count(): number {
    return this.#able.size + this.#aside.size
  }

  /** Whether a group that has ready jobs is set aside. */
  get isAnyAside(): boolean {
    return this.#aside.size > 0
  }

  /** Whether a group may be able to run, as far as one can tell before its turn. */
  get isAble(): boolean {
    return this.#able.size > 0 || this.#aside.first()?.at === -Infinity
  }

  /** The next to be served. */
  get first(): Group | undefined {
    return this.#able.first()?.value
  }

  /** When a claim will make a group able that is set aside; Infinity when none will. */
  get firstAsideUntil(): number {
    return this.#aside.first()?.at ?? Infinity
  }

  push(job: MemoryJob, atHead: boolean): QueueNode<MemoryJob> {
    const group = this.#groupOf(job)
    group.weight = job.group?.weight ?? 1
    this.#size++
    const isFirst = group.ready.size === 0
    const node = atHead || group.places.has(job) ? group.ready.unshift(job) : group.ready.push(job)
    if (isFirst) this.#makeAble(group)
    return node
  }

  remove(node: QueueNode<MemoryJob>): void {
    const group = this.#groupOf(node.value)
    group.ready.remove(node)
    this.#size--
    if (group.ready.size === 0) this.#leaveSet(group)
    this.#forgetIfGone(group)
  }

  /** While it is scheduled, its group is to wait for it. */
  keepPlace(job: MemoryJob): void {
    this.#groupOf(job).places.add(job)
  }

  /** It was promoted to it, or has left the scheduled set in another way. → whether that makes its group able */
  giveUpPlace(job: MemoryJob, limits: GroupLimits | undefined): boolean {
    const group = this.#groups.get(job.group?.key ?? '')
    return group?.places.delete(job) === true && this.#mayBeAble(group, limits)
  }

  /** A job is not active any more. → whether that makes its group able */
  ended(job: MemoryJob, limits: GroupLimits | undefined): boolean {
    const group = this.#groupOf(job)
    group.running--
    return this.#mayBeAble(group, limits)
  }

  /** By the next claim all that are set aside are able. */
  endWaits(): void {
    for (const { value: group } of this.#aside.sorted()) this.#move(group, this.#aside, -Infinity)
  }

  /** Those that have waited for their time are able again; the beginning of a claim that hands something out. */
  begin(now: number): void {
    for (let first = this.#aside.first(); first !== undefined && first.at <= now; first = this.#aside.first()) {
      this.#makeAble(first.value)
    }
  }

  /** Whose turn it is. Groups at a limit, whose turn it would be, are set aside. */
  nextTurn(isAnyUngrouped: boolean, limits: GroupLimits = NO_LIMITS, now: number): Turn | undefined {
    this.#ungrouped = isAnyUngrouped ? (this.#ungrouped ?? this.#virtualTime + 1) : undefined
    const ungrouped = this.#ungrouped ?? Infinity
    for (let first = this.#able.first(); first !== undefined; first = this.#able.first()) {
      const { at: finish, value: group } = first
      if (ungrouped <= finish) break
      const until = this.#atLimitUntil(group, limits, now)
      if (until === undefined) return { finish, group }
      this.#move(group, this.#aside, until)
    }
    return isAnyUngrouped ? { finish: ungrouped } : undefined
  }

  /** The first job of whose turn it was is handed out; it is still in its queue. */
  serve({ finish, group }: Turn, limits: GroupLimits = NO_LIMITS, now: number): void {
    this.#virtualTime = finish
    if (group === undefined) {
      this.#ungrouped = finish + 1
      return
    }
    group.running++
    if (limits.rate !== undefined) {
      this.#buckets.set(group.key, takeTokens(limits.rate, this.#buckets.get(group.key), now, 1))
    }
    const until = this.#atLimitUntil(group, limits, now)
    if (until === undefined) this.#makeAble(group)
    else this.#move(group, this.#aside, until)
  }

  /**
   * The end of a claim. Where no group has ready jobs the virtual time begins anew, unless jobs without a group may be
   * waiting for their turn. `isAnyUngrouped`: as far as the claim has seen.
   */
  end(isAnyUngrouped: boolean): void {
    if (!isAnyUngrouped) this.#ungrouped = undefined
    if (this.count === 0 && this.#ungrouped === undefined) this.#virtualTime = 0
  }

  /** Forgets buckets that are full. → whether nothing of all this is worth keeping */
  prune(now: number): boolean {
    for (const [key, bucket] of this.#buckets) if (isFull(bucket, now)) this.#buckets.delete(key)
    const isFresh = this.#virtualTime === 0 && this.#ungrouped === undefined
    return isFresh && this.#groups.size === 0 && this.#buckets.size === 0
  }

  /** Those that have ready jobs, as they are to be served, and then those set aside. */
  sorted(): { readonly group: Group; readonly at: number; readonly isAside: boolean }[] {
    return [this.#able, this.#aside].flatMap((set) =>
      set.sorted().map(({ value: group, at }) => ({ group, at, isAside: set === this.#aside })),
    )
  }

  /** For the audit, and for tests that put damage into it. */
  groups(): Iterable<Group> {
    return this.#groups.values()
  }

  /** Whether it is among those able to run or set aside. */
  isToBeServed({ node }: Group): boolean {
    return node !== undefined && (this.#able.has(node) || this.#aside.has(node))
  }

  #groupOf(job: MemoryJob): Group {
    const key = job.group?.key ?? ''
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = { key, ready: new WorkQueue(), running: 0, weight: 1, places: new Set(), node: undefined }
      this.#groups.set(key, group)
    }
    return group
  }

  /** Until when it is at a limit, Infinity where no time ends that; nothing when it is at none. */
  #atLimitUntil(group: Group, limits: GroupLimits, now: number): number | undefined {
    const { concurrency = Infinity, rate } = limits
    if (group.running >= concurrency || waitsForPlace(group, limits)) return Infinity
    if (rate === undefined) return undefined
    const bucket = cutToSize(rate, this.#buckets.get(group.key), now)
    if (bucket !== undefined) this.#buckets.set(group.key, bucket)
    return tokensOf(rate, bucket, now) >= 1 ? undefined : now + tokenInMs(rate, bucket, now)
  }

  /** A slot or a place is free. */
  #mayBeAble(group: Group, limits: GroupLimits = NO_LIMITS): boolean {
    this.#forgetIfGone(group)
    const { node } = group
    if (node?.at !== Infinity || waitsForPlace(group, limits)) return false
    this.#makeAble(group)
    return true
  }

  #makeAble(group: Group): void {
    this.#move(group, this.#able, this.#virtualTime + 1 / group.weight)
  }

  #move(group: Group, to: TimeOrderedSet<Group, string>, at: number): void {
    this.#leaveSet(group)
    group.node = to.add(at, group.key, group)
  }

  #leaveSet(group: Group): void {
    if (group.node === undefined) return
    const set = this.#able.has(group.node) ? this.#able : this.#aside
    set.remove(group.node)
    group.node = undefined
  }

  #forgetIfGone({ key, ready, running, places }: Group): void {
    if (ready.size + running + places.size === 0) this.#groups.delete(key)
  }
}

function waitsForPlace({ places }: Group, { ordered }: GroupLimits): boolean {
  return ordered === true && places.size > 0
}
