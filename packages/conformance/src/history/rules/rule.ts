import type { Span } from '../calls.js'
import type { Guarantee, Violation } from '../violation.js'
import type { Evidence } from '../gather-evidence.js'

/** What to check beyond what every history can be held to. */
export interface CheckOptions {
  /**
   * How late the first attempt of a job may begin after `healthy`, in milliseconds (G9). Default: any time. It is for
   * whoever knows that there were free slots.
   */
  readonly maxLatenessMs?: number | undefined
}

/** Finds where a history breaks one guarantee. */
export type Rule = (evidence: Evidence, options: CheckOptions) => Iterable<Violation>

/** A violation that these show: their events, each once, in the order of the history. */
export function violation(
  guarantee: Guarantee,
  id: string | undefined,
  message: string,
  shown: readonly Span[],
): Violation {
  const trace = [...new Set(shown.flatMap(({ events }) => events))].sort((a, b) => a.seq - b.seq)
  return { guarantee, message, ...(id !== undefined && { id }), trace }
}
