import type { RunResult } from './run-result.js'
import type { Scenario } from './scenario.js'
import { type Summary, summarise } from './statistics.js'

/** The runs of one scenario on one store or peer, in one variant, in the order in which they were made. */
export interface Row {
  readonly store: string
  readonly variant: string
  readonly jobs: number
  readonly runs: readonly RunResult[]
  readonly summaries: Readonly<Record<string, Summary>>
}

/** The rows of a scenario, store by store, each in the order in which they were first measured. */
export function rowsOf({ id }: Scenario, results: readonly RunResult[]): readonly Row[] {
  const own = results.filter(({ scenario }) => scenario === id)
  const stores = [...new Set(own.map(({ store }) => store))]
  return stores.flatMap((store) => {
    const variants = [...new Set(own.filter((result) => result.store === store).map(({ variant }) => variant))]
    return variants.map((variant) =>
      toRow(own.filter((result) => result.store === store && result.variant === variant)),
    )
  })
}

function toRow(runs: readonly RunResult[]): Row {
  const [first] = runs
  if (first === undefined) throw new Error('a row has at least one run')
  const summaries = Object.keys(first.metrics).map((key) => {
    return [key, summarise(runs.map(({ metrics }) => metrics[key] ?? Number.NaN))] as const
  })
  return {
    store: first.store,
    variant: first.variant,
    jobs: first.jobs,
    runs,
    summaries: Object.fromEntries(summaries),
  }
}

/** The row of a store in which the scenario's `bestBy` is greatest; the only one if it has no variants. */
export function bestRow({ bestBy }: Scenario, rows: readonly Row[], store: string): Row | undefined {
  const value = ({ summaries }: Row): number => (bestBy === undefined ? 0 : (summaries[bestBy]?.median ?? 0))
  const own = rows.filter((row) => row.store === store)
  return own.find((row) => own.every((other) => value(other) <= value(row)))
}
