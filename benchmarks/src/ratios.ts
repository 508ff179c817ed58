import type { RunResult } from './run-result.js'
import type { Scenario } from './scenario.js'
import { summarise } from './statistics.js'

/**
 * What this checkout measured over what another did, for each store, variant and metric: the median of the pairs, with
 * the least and the greatest. The n-th runs of both were made one right after the other, and are a pair.
 */
export function ratios(
  scenarios: readonly Scenario[],
  ours: readonly RunResult[],
  theirs: readonly RunResult[],
): string {
  const lines = scenarios.flatMap(({ id, metrics }) => {
    const rows = new Set(ours.filter(({ scenario }) => scenario === id).map(rowOf))
    return [...rows].flatMap((row) => {
      const [here, there] = [ours, theirs].map((results) => results.filter((result) => rowOf(result) === row))
      return metrics.flatMap(({ key, label }) => {
        const pairs = (here ?? []).map(
          ({ metrics: own }, run) => (own[key] ?? NaN) / (there?.[run]?.metrics[key] ?? NaN),
        )
        if (pairs.some(Number.isNaN)) return []
        const { median, min, max } = summarise(pairs)
        return [`  ${row}, ${label}: ${median.toFixed(3)} (${min.toFixed(3)} – ${max.toFixed(3)})`]
      })
    })
  })
  return ['Here, over there (pairs of runs: the median, the least and the greatest)', ...lines].join('\n')
}

function rowOf({ scenario, store, variant }: RunResult): string {
  return [scenario, store, variant].filter((part) => part !== '').join(' ')
}
