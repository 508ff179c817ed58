import type { MemoryJob } from './memory-job.js'
import { NameState } from './name-state.js'
import { TimeOrderedSet } from './time-ordered-set.js'

/** All jobs of a store and where they are. The audit reads it apart from the store, and tests put damage into it. */
export class MemoryState {
  readonly jobs = new Map<string, MemoryJob>()
  readonly names = new Map<string, NameState>()
  readonly scheduled = new TimeOrderedSet<MemoryJob>()

  /** The jobs of a name, an empty state for a new one. */
  name(name: string): NameState {
    let state = this.names.get(name)
    if (state === undefined) this.names.set(name, (state = new NameState()))
    return state
  }
}
