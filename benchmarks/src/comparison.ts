import { bestRow, type Row, rowsOf } from './rows.js'
import type { RunResult } from './run-result.js'
import type { Metric, Scenario } from './scenario.js'
import { type Summary, summarise } from './statistics.js'
import type { Target } from './target.js'

/** One metric that has targets, on everything that was measured. */
export interface Comparison {
  readonly scenario: Scenario
  readonly metric: Metric
  /** The one that is compared; `undefined` when each one's best is, or when there are none. */
  readonly variant: string | undefined
  readonly rows: readonly Row[]
  readonly verdicts: readonly Verdict[]
}

/** Whether a target is met, run by run. */
export interface Verdict {
  readonly target: Target
  readonly runs: number
  readonly met: number
}

/** Compares what was measured in the scenarios that have targets. What was not measured is left out. */
export function compare(scenarios: readonly Scenario[], results: readonly RunResult[]): readonly Comparison[] {
  return scenarios.flatMap((scenario) => {
    const rows = rowsOf(scenario, results)
    const { targets = [] } = scenario
    const heads = [...new Set(targets.map(({ metric, variant }) => JSON.stringify([metric, variant ?? null])))]
    return heads.flatMap((head): Comparison[] => {
      const [key, variant] = JSON.parse(head) as [string, string | null]
      const metric = scenario.metrics.find((candidate) => candidate.key === key)
      if (metric === undefined)
        throw new Error(`a target of ${scenario.id} is about '${key}', which it does not measure`)
      const compared = [...new Set(rows.map(({ store }) => store))].flatMap((store) => {
        const row =
          variant === null
            ? bestRow(scenario, rows, store)
            : rows.find((other) => other.store === store && other.variant === variant)
        return row === undefined || row.summaries[key] === undefined ? [] : [row]
      })
      if (compared.length === 0) return []
      const verdicts = targets
        .filter((target) => target.metric === key && (target.variant ?? null) === variant)
        .flatMap((target) => verdictOn(target, compared, rows))
      return [{ scenario, metric, variant: variant ?? undefined, rows: compared, verdicts }]
    })
  })
}

function verdictOn(target: Target, compared: readonly Row[], all: readonly Row[]): Verdict[] {
  const { bound, value, peer, than, store, metric } = target
  const own = valuesOf(compared, store, metric)
  const others = than === undefined ? compared : all.filter((row) => row.variant === than)
  const isAbsolute = peer === undefined && than === undefined
  const values = isAbsolute ? own : dividedBy(own, valuesOf(others, peer ?? store, metric))
  if (values.length === 0) return []
  const met = values.filter((measured) => (bound === 'at least' ? measured >= value : measured <= value)).length
  return [{ target, runs: values.length, met }]
}

/** What a store measured over what another did in the same round: the median of the rounds, and their range. */
export function ratio({ rows, metric }: Comparison, store: string, peer: string): Summary | undefined {
  const values = ratiosOf(rows, store, peer, metric.key)
  return values.length === 0 ? undefined : summarise(values)
}

function ratiosOf(rows: readonly Row[], store: string, peer: string, metric: string): readonly number[] {
  return dividedBy(valuesOf(rows, store, metric), valuesOf(rows, peer, metric))
}

/** Round by round. */
function dividedBy(values: readonly number[], others: readonly number[]): readonly number[] {
  return values.slice(0, others.length).map((value, round) => value / (others[round] ?? Number.NaN))
}

function valuesOf(rows: readonly Row[], store: string, metric: string): readonly number[] {
  return rows.find((row) => row.store === store)?.runs.map(({ metrics }) => metrics[metric] ?? Number.NaN) ?? []
}
