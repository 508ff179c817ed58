// One run in this process; prints its result as one line of JSON. Started by run-in-child.ts.
import { parseArgs } from 'node:util'
import { allAdapters } from './adapters/all-adapters.js'
import type { RunResult } from './run-result.js'
import { runScenario } from './run-scenario.js'
import { allScenarios } from './scenarios/all-scenarios.js'

/** How long after its run the process may live on before it counts as a leak. */
const EXIT_MS = 5_000

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: '' },
    store: { type: 'string', default: '' },
    variant: { type: 'string', default: '' },
    jobs: { type: 'string', default: '' },
    url: { type: 'string', default: '' },
  },
})
const scenario = allScenarios.find(({ id }) => id === values.scenario)
const adapter = allAdapters.find(({ name }) => name === values.store)
if (scenario === undefined || adapter === undefined) throw new Error('no such scenario or store')

// A run whose parent is gone has nobody to tell.
process.once('disconnect', () => process.exit(1))
process.channel?.unref()

const { variant, url } = values
const jobs = Number(values.jobs)
const metrics = await runScenario({ scenario, adapter, variant, jobs }, url)
const result: RunResult = { scenario: scenario.id, store: adapter.name, variant, jobs, metrics }
console.log(JSON.stringify(result))

setTimeout(() => {
  console.error(`the run is over and everything is closed, but something keeps the process alive`)
  process.exit(1)
}, EXIT_MS).unref()
