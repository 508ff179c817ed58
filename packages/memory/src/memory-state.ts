import type { MemoryJob } from './memory-job.js'
import { NameControl } from './name-control.js'
import { NameState } from './name-state.js'
import { Schedules } from './schedules.js'
import { byNumber, TimeOrderedSet } from './time-ordered-set.js'
import { UniqueKeys } from './unique-keys.js'

/** All jobs of a store and where they are. The audit reads it apart from the store, and tests put damage into it. */
export class MemoryState {
  readonly jobs = new Map<string, MemoryJob>()
  readonly names = new Map<string, NameState>()
  /** By due time; the parked ones, which have none, come last. */
  readonly scheduled = new TimeOrderedSet<MemoryJob>(byNumber)
  /** Those never claimed that have an `expiresAt`, by it. */
  readonly expiring = new TimeOrderedSet<MemoryJob>(byNumber)
  readonly keys = new UniqueKeys()
  readonly schedules = new Schedules()
  /** What is set for names, or holds them. */
  readonly controls = new Map<string, NameControl>()
  readonly pausedNames = new Set<string>()
  isPaused = false

  /** The jobs of a name, an empty state for a new one. */
  name(name: string): NameState {
    let state = this.names.get(name)
    if (state === undefined) this.names.set(name, (state = new NameState()))
    return state
  }

  /** What holds a name, to be changed. */
  control(name: string): NameControl {
    let control = this.controls.get(name)
    if (control === undefined) this.controls.set(name, (control = new NameControl()))
    return control
  }

  /** Whether claims of this name are held. */
  holdsClaims(name: string): boolean {
    return this.isPaused || this.pausedNames.has(name)
  }
}
