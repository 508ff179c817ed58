import type { SeededRandom } from '../clock/seeded-random.js'

/** Every kind of fault that a simulation puts in. */
export const FAULT_KINDS = [
  'slow request',
  'slow reply',
  'error before the effect',
  'lost reply',
  'no answer, no effect',
  'no answer, effect',
  'duplicate delivery',
  'partial batch',
  'late effect',
  'outage',
  'dropped hint',
  'spurious wake-up',
  'clock skew',
  'clock step',
  'pause',
  'busy handler',
  'crash',
  'crash before the effect',
  'crash after the effect',
  'killed by its job',
  'restart',
  'graceful stop',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

/** How often each kind of fault was put in. */
export type FaultCounts = Record<FaultKind, number>

export function noFaults(): FaultCounts {
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as FaultCounts
}

/** Faults of single calls, with the probability of each. */
export type CallFault = Extract<
  FaultKind,
  | 'slow request'
  | 'slow reply'
  | 'error before the effect'
  | 'lost reply'
  | 'no answer, no effect'
  | 'no answer, effect'
  | 'duplicate delivery'
  | 'partial batch'
  | 'late effect'
  | 'spurious wake-up'
  | 'crash before the effect'
  | 'crash after the effect'
>

/** Faults of a host, or of the store as a whole: how long between two of them, on average. */
export type TimedFault = Extract<FaultKind, 'outage' | 'clock step' | 'pause' | 'crash' | 'graceful stop'>

/**
 * What is wrong with the world of one seed. Not all at once: each kind is there in about half of the seeds, rare in
 * some and frequent in others, because faults that always come together hide what one of them alone would show.
 */
export interface FaultProfile {
  /** The usual time from host to store and back, in milliseconds, half for each way. 0: none at all. */
  readonly latencyMs: number
  readonly calls: ReadonlyMap<CallFault, number>
  /** The probability that a hint is dropped. */
  readonly dropHint: number
  readonly meanMs: ReadonlyMap<TimedFault, number>
  readonly isSkewed: boolean
  readonly isDrifting: boolean
}

/** With the highest probability per call that a seed may give it. */
const CALL_FAULTS: readonly (readonly [CallFault, number])[] = [
  ['slow request', 0.1],
  ['slow reply', 0.1],
  ['error before the effect', 0.15],
  ['lost reply', 0.08],
  ['no answer, no effect', 0.03],
  ['no answer, effect', 0.03],
  ['duplicate delivery', 0.08],
  ['partial batch', 0.3],
  ['late effect', 0.04],
  ['spurious wake-up', 0.3],
  ['crash before the effect', 0.004],
  ['crash after the effect', 0.004],
]

/** With the shortest mean time between two that a seed may give it, in milliseconds. */
const TIMED_FAULTS: readonly (readonly [TimedFault, number])[] = [
  ['outage', 25_000],
  ['clock step', 10_000],
  ['pause', 10_000],
  ['crash', 15_000],
  ['graceful stop', 20_000],
]

export function drawProfile(random: SeededRandom): FaultProfile {
  const isCalm = random.chance(0.05)
  const isThere = (): boolean => !isCalm && random.chance(0.5)
  return {
    latencyMs: random.pick([0, 0, 1, 5, 20, 100]),
    calls: new Map(CALL_FAULTS.filter(isThere).map(([kind, most]) => [kind, most * random.next() ** 2])),
    dropHint: isThere() ? random.next() : 0,
    meanMs: new Map(TIMED_FAULTS.filter(isThere).map(([kind, shortest]) => [kind, shortest * random.between(0.5, 4)])),
    isSkewed: isThere(),
    isDrifting: isThere(),
  }
}
