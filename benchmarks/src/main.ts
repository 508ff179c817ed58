// Measures what the command line asks for and prints a table; see README.md.
import { writeFile } from 'node:fs/promises'
import { readOptions } from '@goscheds/command-line'
import { buildChild } from './build-child.js'
import { compare } from './comparison.js'
import { comparisonTable } from './comparison-table.js'
import { type Options, parseOptions, usage } from './options.js'
import { plansOf } from './plans.js'
import { describeProvenance, provenance } from './provenance.js'
import { ratios } from './ratios.js'
import { report } from './report.js'
import { repository } from './repository.js'
import { runInChild } from './run-in-child.js'
import type { RunResult } from './run-result.js'
import { saveResults } from './save-results.js'
import { toText } from './table.js'

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
  const { scenarios, adapters, jsonFile, against } = options
  const measuredWith = await provenance()
  const { machine } = measuredWith
  console.log(describeProvenance(measuredWith))
  if (machine.load > machine.cores * BUSY) {
    console.log('Others are at work on this machine: the figures below are too low and vary.')
  }
  const { results, theirs } = await measure(options)
  for (const table of report(scenarios, results)) console.log(`\n${toText(table)}`)
  const comparisons = compare(scenarios, results)
  if (comparisons.length > 0) console.log(`\n${toText(comparisonTable(comparisons, adapters))}`)
  if (against !== undefined) console.log(`\n${ratios(scenarios, results, theirs)}`)
  if (jsonFile !== undefined) {
    await writeFile(jsonFile, `${JSON.stringify({ ...measuredWith, results, theirs }, null, 2)}\n`)
  }
  if (options.isSaved) {
    await saveResults({ provenance: measuredWith, scenarios, results }, repository)
    console.log('\nWritten to benchmarks/results and into the pages that show the figures.')
  }
}

async function measure(options: Options): Promise<Record<'results' | 'theirs', readonly RunResult[]>> {
  const { profileFolder, against } = options
  const execArgv = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const results: RunResult[] = []
  const theirs: RunResult[] = []
  const own = await buildChild(repository)
  const other = against === undefined ? undefined : await buildChild(against)
  try {
    for (const plan of plansOf(options)) {
      const { scenario, adapter, variant, checkout } = plan
      const start = performance.now()
      const program = (checkout === undefined ? own : other)?.file
      const result = await runInChild(plan, { signal: interrupted.signal, execArgv, program })
      if (checkout === undefined) results.push(result)
      else theirs.push(result)
      const seconds = ((performance.now() - start) / 1_000).toFixed(1)
      const what = [scenario.id, adapter.name, variant, checkout === undefined ? '' : 'there'].filter(Boolean)
      console.error(`${what.join(' ')}: done in ${seconds} s`)
    }
  } finally {
    await own.remove()
    await other?.remove()
  }
  return { results, theirs }
}
