import { bestRow, type Row, rowsOf } from './rows.js'
import type { RunResult } from './run-result.js'
import type { Metric, Scenario } from './scenario.js'
import type { Summary } from './statistics.js'
import { count, type Table } from './table.js'

/** A table for each scenario that was run: median and range of each metric, a line per store and variant. */
export function report(scenarios: readonly Scenario[], results: readonly RunResult[]): readonly Table[] {
  return scenarios
    .map((scenario) => ({ scenario, rows: rowsOf(scenario, results) }))
    .filter(({ rows }) => rows.length > 0)
    .map(({ scenario, rows }) => toTable(scenario, rows))
}

function toTable(scenario: Scenario, rows: readonly Row[]): Table {
  const hasVariants = scenario.variants !== undefined
  const jobs = [...new Set(rows.map((row) => count(row.jobs)))].join(', ')
  return {
    title: `${scenario.id}  ${scenario.title} (${jobs} jobs)`,
    head: ['store', ...(hasVariants ? ['variant'] : []), ...scenario.metrics.map(({ label }) => label)],
    rows: rows.map((row) => [
      row.store,
      ...(hasVariants ? [isBest(scenario, row, rows) ? `${row.variant} (best)` : row.variant] : []),
      ...scenario.metrics.map((metric) => cell(metric, row.summaries[metric.key])),
    ]),
  }
}

function isBest(scenario: Scenario, row: Row, rows: readonly Row[]): boolean {
  return scenario.bestBy !== undefined && bestRow(scenario, rows, row.store) === row
}

function cell({ digits }: Metric, summary: Summary | undefined): string {
  if (summary === undefined) return '–'
  const [median, min, max] = [summary.median, summary.min, summary.max].map((value) => count(value, digits))
  return min === max ? `${median}` : `${median} (${min} – ${max})`
}
