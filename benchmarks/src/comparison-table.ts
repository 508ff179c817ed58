import type { Adapter } from './adapters/adapter.js'
import { type Comparison, ratio, type Verdict } from './comparison.js'
import { count, type Table } from './table.js'

const RATIO_DIGITS = 2

/** goscheds against its peers: a line for each metric that has targets. */
export function comparisonTable(comparisons: readonly Comparison[], adapters: readonly Adapter[]): Table {
  const peers = adapters.filter(({ isPeer }) => isPeer)
  const labelOf = (name: string): string => adapters.find((adapter) => adapter.name === name)?.label ?? name
  return {
    title: 'goscheds against its peers: medians; the ratios are those of goscheds on Redis to the peer, round by round',
    head: [
      'what',
      ...adapters.map(({ label }) => label),
      ...peers.map(({ label }) => `× ${label}`),
      'target',
      'runs that met it',
    ],
    rows: comparisons.map((comparison) => [
      whatOf(comparison),
      ...adapters.map(({ name }) => figure(comparison, name)),
      ...peers.map(({ name }) => {
        const times = ratio(comparison, 'redis', name)
        return times === undefined ? '–' : count(times.median, RATIO_DIGITS)
      }),
      comparison.verdicts.map((verdict) => targetText(verdict, labelOf)).join(', '),
      comparison.verdicts.map(({ met, runs }) => `${String(met)} of ${String(runs)}`).join(', '),
    ]),
  }
}

/** What a comparison is about: `S1 Single pushes, 64 in flight: jobs/s`. */
export function whatOf({ scenario, metric, variant }: Comparison): string {
  const { id, title } = scenario
  return `${id} ${title}: ${variant === undefined ? '' : `${variant}, `}${metric.label}`
}

/** The median that a store or a peer measured; with the variant, if that is its best one. */
export function figure({ scenario, metric, rows, variant }: Comparison, store: string): string {
  const row = rows.find((candidate) => candidate.store === store)
  const summary = row?.summaries[metric.key]
  if (row === undefined || summary === undefined) return '–'
  const best = scenario.bestBy !== undefined && variant === undefined ? ` at ${row.variant}` : ''
  return `${count(summary.median, metric.digits)}${best}`
}

function targetText({ target }: Verdict, labelOf: (name: string) => string): string {
  const { bound, value, peer, than, store } = target
  const other = peer === undefined ? than : labelOf(peer)
  const sign = bound === 'at least' ? '≥' : '≤'
  const whose = store === 'redis' ? '' : `${store} `
  return `${whose}${sign} ${value.toLocaleString('en-US')}${other === undefined ? '' : ` × ${other}`}`
}
