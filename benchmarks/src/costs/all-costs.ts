import type { Costs, CostScenario } from './cost-scenario.js'
import { pushCosts } from './push-costs.js'
import { runCosts } from './run-costs.js'
import { Stage } from './stage.js'
import { timeCosts } from './time-costs.js'

/** Every scenario of the gate, in the order of the baseline. */
export const allCosts: readonly CostScenario[] = [...pushCosts, ...runCosts, ...timeCosts]

/** What a scenario costs, on a fresh server of its own, and which server that is. */
export async function measureCosts(
  scenario: CostScenario,
): Promise<{ readonly costs: Costs; readonly server: string }> {
  const stage = await Stage.open()
  try {
    return { costs: await scenario.run(stage), server: await stage.meter.describeServer() }
  } finally {
    await stage.close()
  }
}
