import type { HistoryEvent } from './event.js'

/** A guarantee of `docs/guarantees.md` that a history can show to be broken. */
export type Guarantee =
  | 'G1'
  | 'G2'
  | 'G3'
  | 'G4'
  | 'G5'
  | 'G6'
  | 'G7'
  | 'G8'
  | 'G9'
  | 'G10'
  | 'G11'
  | 'G12'
  | 'G13'
  | 'G14'
  | 'G15'
  | 'G16'
  | 'G17'
  | 'G18'
  | 'G19'

/** One way in which a history breaks a guarantee. */
export interface Violation {
  readonly guarantee: Guarantee
  /** What happened and must not, in a sentence. */
  readonly message: string
  /** The job it happened to. */
  readonly id?: string
  /** The fewest events that show it, in order. */
  readonly trace: readonly HistoryEvent[]
}
