import type { Costs, CostScenario } from './cost-scenario.js'

/** What was recorded: the costs of each scenario by its name. */
export interface Baseline {
  /** The server whose memory was measured, as `describeServer` of the meter tells it. */
  readonly server: string
  readonly scenarios: Readonly<Record<string, Costs>>
}

/** By what share a figure may differ from the baseline; all others are exact. */
const TOLERANCE: Readonly<Record<string, number>> = {
  // Redis draws the heights of the nodes of a skip list at random: 20 runs differ by 0.08 %.
  memory: 0.005,
}

const HOW_TO_RECORD = 'record it: pnpm bench:costs --record'

/** What is different from the baseline, a line for each figure, with what to do; nothing when all is as recorded. */
export function costChanges(
  { name, per }: Pick<CostScenario, 'name' | 'per'>,
  baseline: Baseline,
  now: Costs,
): string[] {
  const recorded = baseline.scenarios[name]
  if (recorded === undefined) return [`${name}: is not in the baseline; ${HOW_TO_RECORD}`]
  const figures = new Set([...Object.keys(recorded), ...Object.keys(now)])
  return Array.from(figures).flatMap((figure) => {
    const [before, after] = [recorded[figure], now[figure]]
    if (before === undefined) return [`${name}: ${figure} is not in the baseline; ${HOW_TO_RECORD}`]
    if (after === undefined) return [`${name}: ${figure} is in the baseline and is not measured; ${HOW_TO_RECORD}`]
    if (Math.abs(after - before) <= before * (TOLERANCE[figure] ?? 0)) return []
    const advice =
      after > before ? 'mend it, or say in the commit why it must cost more and ' : 'for the better figure to be kept, '
    const change = `${after > before ? 'rose' : 'fell'}: baseline ${String(before)}, now ${String(after)}`
    return [`${name}: ${figure} per ${per} ${change}${percent(before, after)}; ${advice}${HOW_TO_RECORD}`]
  })
}

/** Scenarios of the baseline that there are no more. */
export function forgottenScenarios(scenarios: readonly Pick<CostScenario, 'name'>[], baseline: Baseline): string[] {
  const known = new Set(scenarios.map(({ name }) => name))
  return Object.keys(baseline.scenarios)
    .filter((name) => !known.has(name))
    .map((name) => `${name}: is in the baseline, and there is no such scenario; ${HOW_TO_RECORD}`)
}

function percent(before: number, after: number): string {
  if (before === 0) return ''
  const change = (after / before - 1) * 100
  return ` (${change > 0 ? '+' : ''}${change.toFixed(Math.abs(change) < 1 ? 3 : 1)} %)`
}
