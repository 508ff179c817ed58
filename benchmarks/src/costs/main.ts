// Prints what each scenario costs at the Redis server, and how that differs from the baseline; see README.md.
import { parseArgs } from 'node:util'
import { readOptions } from '@goscheds/command-line'
import { allCosts, measureCosts } from './all-costs.js'
import { readBaseline, writeBaseline } from './baseline-file.js'
import { costChanges, forgottenScenarios } from './cost-changes.js'
import type { Costs } from './cost-scenario.js'

const usage = `Usage: pnpm bench:costs [--record]
  --record  writes the figures to benchmarks/costs.json as the new baseline`

const options = readOptions((argv) => {
  const args = argv[0] === '--' ? argv.slice(1) : [...argv]
  return parseArgs({ args, options: { record: { type: 'boolean', default: false } } }).values
}, usage)
if (options !== undefined) await main(options.record)

async function main(isRecording: boolean): Promise<void> {
  const baseline = await readBaseline()
  const scenarios: Record<string, Costs> = {}
  const changes = forgottenScenarios(allCosts, baseline)
  let measuredOn = baseline.server
  for (const scenario of allCosts) {
    const { costs, server } = await measureCosts(scenario)
    measuredOn = server
    scenarios[scenario.name] = costs
    changes.push(...costChanges(scenario, baseline, costs))
    const figures = Object.entries(costs).map(([figure, value]) => `${figure} ${String(value)}`)
    console.log(`${scenario.name}, per ${scenario.per}: ${figures.join(', ')}`)
  }
  if (measuredOn !== baseline.server)
    console.log(`\nThe baseline is of ${baseline.server}, this is ${measuredOn}: memory differs.`)
  console.log(`\n${changes.length === 0 ? 'All as in the baseline.' : changes.join('\n')}`)
  if (isRecording) await writeBaseline({ server: measuredOn, scenarios })
  else if (changes.length > 0) process.exitCode = 1
}
