import { noOccurrences, OCCURRENCES, type OccurrenceCounts } from './asked/occurrences.js'
import { FAULT_KINDS, type FaultCounts, noFaults } from './network/faults.js'
import type { SeedResult } from './run-seed.js'

/** What many seeds brought together. Plain data, so that processes can send it to each other. */
export interface Tally {
  seeds: number
  /** Seeds in which jobs ask for nothing beyond being run. */
  plain: number
  events: number
  jobs: number
  calls: number
  virtualMs: number
  latenessMs: number
  readonly faults: FaultCounts
  readonly occurrences: OccurrenceCounts
  /** Seeds that have found something, with the guarantees. */
  readonly failed: { readonly seed: number; readonly guarantees: readonly string[] }[]
}

export function emptyTally(): Tally {
  return {
    ...{ seeds: 0, plain: 0, events: 0, jobs: 0, calls: 0, virtualMs: 0, latenessMs: 0, failed: [] },
    ...{ faults: noFaults(), occurrences: noOccurrences() },
  }
}

export function count(tally: Tally, result: SeedResult): void {
  const guarantees = [...new Set(result.findings.map(({ guarantee }) => guarantee))].sort()
  add(tally, {
    ...{
      seeds: 1,
      plain: result.isPlain ? 1 : 0,
      events: result.events,
      jobs: result.jobs,
      virtualMs: result.virtualMs,
      faults: result.faults,
    },
    occurrences: result.occurrences,
    calls: result.outside.events.filter(({ type }) => type === 'invoke').length,
    latenessMs: result.latenessMs,
    failed: guarantees.length > 0 ? [{ seed: result.seed, guarantees }] : [],
  })
}

/** Adds one tally to another. */
export function add(tally: Tally, other: Readonly<Tally>): void {
  tally.seeds += other.seeds
  tally.plain += other.plain
  tally.events += other.events
  tally.jobs += other.jobs
  tally.calls += other.calls
  tally.virtualMs += other.virtualMs
  tally.latenessMs = Math.max(tally.latenessMs, other.latenessMs)
  for (const kind of FAULT_KINDS) tally.faults[kind] += other.faults[kind]
  for (const kind of OCCURRENCES) tally.occurrences[kind] += other.occurrences[kind]
  tally.failed.push(...other.failed)
}
