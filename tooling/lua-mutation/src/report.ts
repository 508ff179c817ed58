import type { Verdict } from './conformance-stage.js'
import type { Mutant } from './mutants.js'
import type { Acceptance } from './survivors.js'

/** Below this, in percent, the command fails. */
export const MIN_SCORE = 95

/** What part of the mutants the tests noticed, in percent. */
export interface Score {
  readonly killed: number
  readonly all: number
  readonly equivalent: number
  /** Of all mutants. */
  readonly ofAll: number
  /** Of those that differ in anything a caller could see. */
  readonly ofReal: number
}

/** The score of those verdicts that `counts` chooses. */
export function scoreOf(
  verdicts: readonly Verdict[],
  equivalent: readonly Mutant[],
  counts: (mutant: Mutant) => boolean = () => true,
): Score {
  const counted = verdicts.filter(({ mutant }) => counts(mutant))
  const killed = counted.filter(({ killedBy }) => killedBy !== undefined).length
  const same = equivalent.filter(counts).length
  const percent = (of: number): number => (of === 0 ? 100 : (killed / of) * 100)
  return {
    killed,
    all: counted.length,
    equivalent: same,
    ofAll: percent(counted.length),
    ofReal: percent(counted.length - same),
  }
}

/** The summary, line by line; the last line is the score of all mutants. */
export function reportLines(verdicts: readonly Verdict[], acceptance: Acceptance): string[] {
  const { accepted, equivalent, unlisted, stale } = acceptance
  const calls = scoreOf(verdicts, equivalent, ({ ofCall }) => ofCall)
  const all = scoreOf(verdicts, equivalent)
  const listed = (acceptedHere: readonly Mutant[]): number => acceptedHere.length
  return [
    ...unlisted.map((mutant) => `survived, not listed: ${mutantLines(mutant)}`),
    ...stale.map(({ file, line, becomes }) => `listed, but killed or gone: ${file}\n  - ${line}\n  + ${becomes}`),
    scoreLine('Lua mutation score, calls of Redis only', calls, listed(accepted.filter(({ ofCall }) => ofCall))),
    scoreLine('Lua mutation score', all, listed(accepted)),
  ]
}

/** A mutant with its change, as `--list` prints it. */
export function mutantLines({ id, line, becomes }: Mutant): string {
  return `${id}\n  - ${line}\n  + ${becomes}`
}

function scoreLine(title: string, { killed, all, equivalent, ofAll, ofReal }: Score, accepted: number): string {
  const counts = `${String(killed)} of ${String(all)} killed, ${String(accepted)} survivors listed`
  return `${title}: ${ofReal.toFixed(1)} % (${counts}, ${String(equivalent)} equivalent; ${ofAll.toFixed(1)} % with those)`
}
