import { isLegible } from '../accounting.js'
import { isBefore } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { endedBefore } from '../leases.js'
import { lastKept, mayHaveKept, type Saying, type Seen } from '../sayings.js'
import type { Report, Settle, Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** What runs say, by kind, each in the order of the history. */
type Sayings = Readonly<Record<'progress' | 'checkpoint' | 'log' | 'error', readonly Saying[]>>

/**
 * G4: a lease that is over reports nothing; and of what the leases of a job have said, what was kept last is what is
 * handed out and shown, and nothing that was not kept.
 */
export function* reports({ trails }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    for (const report of trail.reports) {
      const end = report.outcome === 'reported' ? endedBefore(trail, report.fence, report) : undefined
      if (end !== undefined) yield violation('G4', trail.id, 'a lease reported that was over', [end, report])
    }
    const sayings = sayingsOf(trail)
    for (const seen of looksAt(trail)) yield* checkSeen(trail, sayings, seen)
  }
}

function sayingsOf({ reports: all, settles }: Trail): Sayings {
  const said = (textsOf: (entry: Report['entry']) => readonly string[]): Saying[] =>
    all.flatMap((report) => textsOf(report.entry).map((text) => ({ ...placeOf(report), text })))
  return {
    progress: said(({ progress }) => (progress === undefined ? [] : [progress])),
    checkpoint: said(({ checkpoint }) => (checkpoint === undefined ? [] : [checkpoint])),
    log: said(({ lines }) => lines ?? []),
    error: settles.flatMap(failureOf),
  }
}

function placeOf(report: Report): Omit<Saying, 'text'> {
  const { fence, call, index, outcome } = report
  return { span: report, fence, call, index, isKept: outcome === 'reported' }
}

function failureOf(settle: Settle): Saying[] {
  const { settlement, fence, outcome } = settle
  if (settlement.type !== 'retry' && settlement.type !== 'dead') return []
  const isKept = outcome?.status === 'settled'
  return [{ span: settle, fence, call: settle, index: 0, isKept, text: settlement.error }]
}

/** Each look at the job that shows what its runs have said. */
function* looksAt({ claims, sightings }: Trail): Iterable<Seen> {
  for (const claim of claims) {
    const { generation, claim: number } = claim.fence
    if (!isLegible(claim)) continue
    // Only the runs before it have said something.
    yield {
      span: claim,
      until: { generation, claim: number - 1 },
      last: { checkpoint: claim.job.checkpoint },
      some: {},
    }
  }
  for (const span of sightings) {
    if ('damage' in span.job || 'unsupported' in span.job) continue
    const { generation, claims: claim, progress, checkpoint, error, log = [], failures = [] } = span.job
    const some = { log, error: failures.map((failure) => failure.error) }
    yield { span, until: { generation, claim }, last: { progress, checkpoint, error }, some }
  }
}

function* checkSeen(trail: Trail, sayings: Sayings, seen: Seen): Iterable<Violation> {
  // A job that is older than the history may have said what is not here.
  const [first, ...others] = trail.pushes
  const isKnown =
    first?.outcome === 'added' || others.some((one) => one.outcome === 'added' && isBefore(one, seen.span))
  for (const [kind, text] of Object.entries(seen.last)) {
    const said = sayings[kind as keyof Sayings]
    const last = lastKept(trail, said, seen)
    if (last === undefined && (text === undefined || !isKnown)) continue
    if (text !== undefined && mayHaveKept(trail, said, seen, last).has(text)) continue
    const what = text === undefined ? `its ${kind} was lost` : `its ${kind} is not what a lease of it said last`
    yield violation('G4', trail.id, what, [...(last === undefined ? [] : [last.span]), seen.span])
  }
  for (const [kind, texts] of Object.entries(seen.some)) {
    if (texts.length === 0 || !isKnown) continue
    const possible = mayHaveKept(trail, sayings[kind as keyof Sayings], seen)
    if (texts.every((text) => possible.has(text))) continue
    yield violation('G4', trail.id, `its ${kind} has what no lease of it may have said`, [seen.span])
  }
}
