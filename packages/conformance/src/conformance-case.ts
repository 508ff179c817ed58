import type { AuditKind, Store } from '@goscheds/core'
import type { StoreHarness } from './harness.js'

/**
 * How much of the contract a store is held to. `core`: what a Scheduler and a Worker need (enqueue, promote,
 * claim, waitForReady, extend, settle, reap). `full`: also prune, the registry of workers, control, reading
 * and hints.
 */
export type ConformanceLevel = 'core' | 'full'

/** What a case needs beyond the store: of the harness, or of the store's capabilities. */
export type Requirement =
  | 'connect'
  | 'damage'
  | 'still-clock'
  | 'notifications'
  | 'job-options'
  | 'limits'
  | 'groups'
  | 'schedules'
  | `plant ${AuditKind}`

/** What a case works with: a store that is open and empty. */
export interface CaseContext {
  readonly store: Store
  readonly harness: StoreHarness
  /** How long, in real time, to wait for something that should happen at once before calling it missing. */
  readonly patienceMs: number
  /** By how many milliseconds an instant may be off: 0 when the store's clock stands still. */
  readonly slackMs: number
  /** Another open handle on the same jobs; closed after the case. Only with the requirement `connect`. */
  connect(): Promise<Store>
}

/** One sentence of the contract, and the steps that show whether a store keeps it. */
export interface ConformanceCase {
  /** The method and the sentence in a few words: `claim/limit`. Stable, so that a skip can name it. */
  readonly id: string
  /** The sentence of the contract. */
  readonly title: string
  readonly level: ConformanceLevel
  readonly requires?: readonly Requirement[]
  /** It closes the store of its harness, of which nothing can be asked afterwards. */
  readonly closes?: boolean
  /** Rejects when the store breaks the sentence. */
  run(context: CaseContext): Promise<void>
}

type Run = ConformanceCase['run']

/** A case that every store must pass. */
export function coreCase(id: string, title: string, run: Run, ...requires: readonly Requirement[]): ConformanceCase {
  return { id, title, level: 'core', requires, run }
}

/** A case for stores that implement the whole contract. */
export function fullCase(id: string, title: string, run: Run, ...requires: readonly Requirement[]): ConformanceCase {
  return { id, title, level: 'full', requires, run }
}
