import { expect, test } from 'vitest'
import { allCosts, measureCosts } from '../src/costs/all-costs.js'
import { readBaseline } from '../src/costs/baseline-file.js'
import { costChanges, forgottenScenarios } from '../src/costs/cost-changes.js'

const baseline = await readBaseline()

test.for(allCosts)('$name costs what the baseline says, at the server', async (scenario, context) => {
  const { costs, server } = await measureCosts(scenario)
  // Another release, or another allocator, needs other memory for the same; commands and bytes on the wire are ours alone.
  const isOther = 'memory' in costs && server !== baseline.server
  context.skip(isOther, `the baseline of the memory is of ${baseline.server}, and this is ${server}`)
  expect(costChanges(scenario, baseline, costs)).toEqual([])
})

test('the baseline has no other scenario', () => {
  expect(forgottenScenarios(allCosts, baseline)).toEqual([])
})
