import type { RunResult } from './run-result.js'
import type { Metric, Scenario } from './scenario.js'
import { type Summary, summarise } from './statistics.js'

/** The runs of one store and variant, summed up. */
interface Row {
  readonly store: string
  readonly variant: string
  readonly jobs: number
  readonly summaries: Readonly<Record<string, Summary>>
}

/** A table for each scenario that was run: median and range of each metric, a line per store and variant. */
export function report(scenarios: readonly Scenario[], results: readonly RunResult[]): string {
  return scenarios
    .map((scenario) => ({ scenario, rows: toRows(results.filter((result) => result.scenario === scenario.id)) }))
    .filter(({ rows }) => rows.length > 0)
    .map(({ scenario, rows }) => section(scenario, rows))
    .join('\n\n')
}

function toRows(results: readonly RunResult[]): Row[] {
  const groups = new Map<string, RunResult[]>()
  for (const result of results) {
    const key = JSON.stringify([result.store, result.variant])
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return [...groups.values()].flatMap((runs) => {
    const [first] = runs
    if (first === undefined) return []
    const summaries = Object.keys(first.metrics).map((key) => {
      return [key, summarise(runs.map(({ metrics }) => metrics[key] ?? Number.NaN))] as const
    })
    return [{ store: first.store, variant: first.variant, jobs: first.jobs, summaries: Object.fromEntries(summaries) }]
  })
}

function section(scenario: Scenario, rows: readonly Row[]): string {
  const ordered = [...rows].sort((a, b) => firstIndex(rows, a.store) - firstIndex(rows, b.store))
  const hasVariants = scenario.variants !== undefined
  const head = ['store', ...(hasVariants ? ['variant'] : []), ...scenario.metrics.map(({ label }) => label)]
  const body = ordered.map((row) => [
    row.store,
    ...(hasVariants ? [isBest(scenario, row, ordered) ? `${row.variant} (best)` : row.variant] : []),
    ...scenario.metrics.map((metric) => cell(metric, row.summaries[metric.key])),
  ])
  const jobs = [...new Set(rows.map((row) => count(row.jobs)))].join(', ')
  return `${scenario.id}  ${scenario.title} (${jobs} jobs)\n${align([head, ...body])}`
}

function firstIndex(rows: readonly Row[], store: string): number {
  return rows.findIndex((row) => row.store === store)
}

function isBest({ bestBy }: Scenario, row: Row, rows: readonly Row[]): boolean {
  if (bestBy === undefined) return false
  const value = ({ summaries }: Row): number => summaries[bestBy]?.median ?? 0
  return rows.every((other) => other.store !== row.store || value(other) <= value(row))
}

function cell({ digits }: Metric, summary: Summary | undefined): string {
  if (summary === undefined) return '–'
  const [median, min, max] = [summary.median, summary.min, summary.max].map((value) => count(value, digits))
  return min === max ? `${median}` : `${median} (${min} – ${max})`
}

function count(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function align(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) => `  ${line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd())
    .join('\n')
}
