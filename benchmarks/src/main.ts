// Measures what the command line asks for and prints a table; see README.md.
import { writeFile } from 'node:fs/promises'
import { readOptions } from '@goscheds/command-line'
import { describeMachine } from './machine.js'
import { type Options, parseOptions, usage } from './options.js'
import { report } from './report.js'
import { runInChild } from './run-in-child.js'
import type { RunResult } from './run-result.js'
import { type RunPlan, variantsOf } from './run-scenario.js'

/** More than this share of the cores busy before the first run, and the figures cannot be trusted. */
const BUSY = 0.25

const interrupted = new AbortController()
process.on('SIGINT', () => interrupted.abort())
process.on('SIGTERM', () => interrupted.abort())

const options = readOptions(parseOptions, usage)
if (options !== undefined) {
  try {
    await main(options)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

async function main(options: Options): Promise<void> {
  const { scenarios, jsonFile, profileFolder } = options
  const machine = describeMachine()
  const { node, platform, cpu, cores, memoryGiB, load } = machine
  console.log(`Node ${node}, ${platform}, ${String(cores)} cores of ${cpu}, ${String(memoryGiB)} GiB`)
  if (load > cores * BUSY) {
    console.log(`Others are at work on this machine (load ${String(load)}): the figures below are too low and vary.`)
  }
  const execArgv = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const results: RunResult[] = []
  for (const plan of plansOf(options)) {
    const { scenario, adapter, variant } = plan
    const start = performance.now()
    results.push(await runInChild(plan, { signal: interrupted.signal, execArgv }))
    const seconds = ((performance.now() - start) / 1_000).toFixed(1)
    console.error(`${[scenario.id, adapter.name, variant].join(' ').trim()}: done in ${seconds} s`)
  }
  console.log(`\n${report(scenarios, results)}`)
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify({ machine, results }, null, 2)}\n`)
}

/** In turns, so that what else goes on in the machine meets every store alike. */
function plansOf({ scenarios, adapters, runs, jobsOf }: Options): readonly RunPlan[] {
  return scenarios.flatMap((scenario) =>
    Array.from({ length: runs }, () =>
      variantsOf(scenario).flatMap((variant) =>
        adapters.map((adapter) => ({ scenario, adapter, variant, jobs: jobsOf(scenario) })),
      ),
    ).flat(),
  )
}
