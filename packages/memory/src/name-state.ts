import type { NameCounts } from '@goscheds/core'
import type { MemoryJob } from './memory-job.js'
import { ReadyQueue } from './ready-queue.js'
import { byNumber, TimeOrderedSet } from './time-ordered-set.js'

/** The jobs of one name by state. The scheduled ones are in the store's one set; only counted here. */
export class NameState {
  scheduled = 0
  readonly ready = new ReadyQueue()
  /** By lease deadline. */
  readonly active = new TimeOrderedSet<MemoryJob>(byNumber)
  /** The finished ones by the end of their retention. */
  readonly completed = new TimeOrderedSet<MemoryJob>(byNumber)
  readonly dead = new TimeOrderedSet<MemoryJob>(byNumber)
  readonly cancelled = new TimeOrderedSet<MemoryJob>(byNumber)

  get isEmpty(): boolean {
    const { scheduled, ready, active, completed, dead, cancelled } = this
    return scheduled + ready.size + active.size + completed.size + dead.size + cancelled.size === 0
  }

  counts(name: string, now: number, paused: boolean): NameCounts {
    const ages = this.ready.heads().map(({ executeAt }) => Math.max(0, now - executeAt))
    return {
      name,
      scheduled: this.scheduled,
      ready: this.ready.size,
      active: this.active.size,
      completed: this.completed.size,
      dead: this.dead.size,
      cancelled: this.cancelled.size,
      oldestReadyMs: ages.length === 0 ? null : Math.max(...ages),
      paused,
      groups: 0,
    }
  }
}
