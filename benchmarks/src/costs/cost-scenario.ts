import type { ServerWork } from './server-meter.js'
import type { Stage } from './stage.js'

/** What one unit of a scenario costs, by the names of the figures. */
export type Costs = Readonly<Record<string, number>>

/** A fixed workload whose cost at the Redis server does not depend on the machine. */
export interface CostScenario {
  /** As the baseline names it. */
  readonly name: string
  /** What a figure is of: `job`, `fire`, `second`. */
  readonly per: string
  /** Works on a stage of its own. Rejects when the work was not done as it should. */
  run(stage: Stage): Promise<Costs>
}

/** One command more in a run of thousands of jobs must show. */
const DIGITS = 6

/** The work of many units as the costs of one. */
export function costsOf(work: ServerWork, units: number): Costs {
  return Object.fromEntries(Object.entries(work).map(([figure, total]) => [figure, ofOne(Number(total), units)]))
}

function ofOne(total: number, units: number): number {
  return Number((total / units).toFixed(DIGITS))
}
