import type { NameCounts, NameLimits } from '@goscheds/core'
import type { MemoryJob } from './memory-job.js'
import { FairGroups } from './fair-groups.js'
import { ReadyQueue } from './ready-queue.js'
import type { QueueNode } from './work-queue.js'
import { byNumber, TimeOrderedSet } from './time-ordered-set.js'

/** The jobs of one name by state. The scheduled ones are in the store's one set; only counted here. */
export class NameState {
  scheduled = 0
  /** Those without a group. */
  readonly ready = new ReadyQueue()
  /** The ready ones of groups; absent until there is one. */
  groups: FairGroups | undefined
  /** By lease deadline. */
  readonly active = new TimeOrderedSet<MemoryJob>(byNumber)
  /** The finished ones by the end of their retention. */
  readonly completed = new TimeOrderedSet<MemoryJob>(byNumber)
  readonly dead = new TimeOrderedSet<MemoryJob>(byNumber)
  readonly cancelled = new TimeOrderedSet<MemoryJob>(byNumber)

  get isEmpty(): boolean {
    const { scheduled, readyCount, active, completed, dead, cancelled } = this
    return scheduled + readyCount + active.size + completed.size + dead.size + cancelled.size === 0
  }

  get readyCount(): number {
    return this.ready.size + (this.groups?.size ?? 0)
  }

  /** Whether there is probably something to claim. */
  get hasClaimable(): boolean {
    return this.ready.size > 0 || this.groups?.isAble === true
  }

  /** To the tail of its queue, or to the head of its group. */
  pushReady(job: MemoryJob, atHead = false): QueueNode<MemoryJob> {
    if (job.group === undefined) return this.ready.push(job)
    this.groups ??= new FairGroups()
    return this.groups.push(job, atHead)
  }

  removeReady(node: QueueNode<MemoryJob>): void {
    if (node.value.group === undefined) this.ready.remove(node)
    else this.groups?.remove(node)
  }

  counts(name: string, now: number, paused: boolean, limits: NameLimits | undefined): NameCounts {
    const heads = [...this.ready.heads(), this.groups?.first?.ready.head?.value]
    const ages = heads.filter((head) => head !== undefined).map(({ executeAt }) => Math.max(0, now - executeAt))
    return {
      name,
      scheduled: this.scheduled,
      ready: this.readyCount,
      active: this.active.size,
      completed: this.completed.size,
      dead: this.dead.size,
      cancelled: this.cancelled.size,
      oldestReadyMs: ages.length === 0 ? null : Math.max(...ages),
      paused,
      groups: this.groups?.count ?? 0,
      ...(limits !== undefined && { limits }),
    }
  }
}
