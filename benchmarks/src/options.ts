import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Adapter } from './adapters/adapter.js'
import { allPeers, allStores } from './adapters/all-adapters.js'
import { type Scenario } from './scenario.js'
import { allScenarios } from './scenarios/all-scenarios.js'

const DEFAULT_RUNS = 3
const MAX_RUNS = 20
const MAX_JOBS = 1_000_000

/** What to measure. */
export interface Options {
  readonly scenarios: readonly Scenario[]
  readonly adapters: readonly Adapter[]
  readonly runs: number
  /** How many jobs a run of this scenario has with this adapter. */
  readonly jobsOf: (scenario: Scenario, adapter: Adapter) => number
  /** The folder of another checkout to measure in turns with this one. */
  readonly against: string | undefined
  /** Whether to write the figures to `benchmarks/results` and into the pages that show them. */
  readonly isSaved: boolean
  readonly jsonFile: string | undefined
  readonly profileFolder: string | undefined
}

const defaultScenarios = allScenarios.filter(({ isDefault = true }) => isDefault)

/** What the program says when it is asked wrongly. */
export const usage = `Usage: pnpm bench [options]
  --scenario <ids>    of ${names(allScenarios)}; several with commas. Default: ${names(defaultScenarios)}
  --store <names>     of ${names(allStores)}; several with commas, or none. Default: all
  --peer <names>      of ${names(allPeers)}; several with commas, or none. Default: all, with --against none
  --runs <n>          runs of each, 1 to ${String(MAX_RUNS)}. Default: ${String(DEFAULT_RUNS)}, with --quick 1
  --jobs <n>          jobs in each run, 1 to ${String(MAX_JOBS)}. Default: the scenario's own
  --quick             fewer jobs and one run: shows that all works; its figures say little
  --against <folder>  another checkout, installed and built: measures both in turns and prints the ratios
  --save, --no-save   whether to write benchmarks/results and the pages that show the figures. Default: only when
                      everything was measured, with no other option
  --json <file>       writes every run and the machine to this file
  --profile <folder>  writes a CPU profile of each run's process to this folder; slows it down`

/** Reads the command line. @throws Error that says which option is wrong and what it may be. */
export function parseOptions(argv: readonly string[]): Options {
  // pnpm hands on the dashes that separate its own options.
  const args = argv[0] === '--' ? argv.slice(1) : [...argv]
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      scenario: { type: 'string', multiple: true },
      store: { type: 'string', multiple: true },
      peer: { type: 'string', multiple: true },
      runs: { type: 'string' },
      jobs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      against: { type: 'string' },
      save: { type: 'boolean' },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const { quick } = values
  const jobs = wholeNumber('--jobs', values.jobs, MAX_JOBS)
  return {
    scenarios: chosen('--scenario', values.scenario, allScenarios) ?? defaultScenarios,
    adapters: [
      ...(chosen('--store', values.store, allStores) ?? allStores),
      ...(chosen('--peer', values.peer, allPeers) ?? (values.against === undefined ? allPeers : [])),
    ],
    runs: wholeNumber('--runs', values.runs, MAX_RUNS) ?? (quick ? 1 : DEFAULT_RUNS),
    jobsOf: (scenario, { name }) => jobs ?? (quick ? scenario.quickJobs : (scenario.jobsWith?.[name] ?? scenario.jobs)),
    against: checkout(whereCalled(values.against)),
    isSaved: values.save ?? args.length === 0,
    jsonFile: whereCalled(values.json),
    profileFolder: whereCalled(values.profile),
  }
}

type Named = Pick<Scenario, 'id'> | Pick<Adapter, 'name'>

function nameOf(item: Named): string {
  return 'id' in item ? item.id : item.name
}

function names(items: readonly Named[]): string {
  return items.map(nameOf).join(', ')
}

function chosen<T extends Named>(
  option: string,
  given: readonly string[] | undefined,
  all: readonly T[],
): readonly T[] | undefined {
  if (given === undefined) return undefined
  const wanted = new Set(given.flatMap((names) => names.split(',')).map((name) => name.trim().toLowerCase()))
  if (wanted.size === 1 && wanted.has('none')) return []
  for (const name of wanted) {
    if (all.some((item) => nameOf(item).toLowerCase() === name)) continue
    throw new Error(`${option} knows ${names(all)}, not '${name}'`)
  }
  return all.filter((item) => wanted.has(nameOf(item).toLowerCase()))
}

function wholeNumber(option: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value < 1 || value > max)
    throw new Error(`${option} must be a whole number from 1 to ${String(max)}, not '${text}'`)
  return value
}

function checkout(folder: string | undefined): string | undefined {
  if (folder === undefined || existsSync(join(folder, 'packages', 'core', 'dist'))) return folder
  throw new Error(`--against needs a checkout of goscheds, installed and built; '${folder}' is none`)
}

/** pnpm runs the program in the package's folder; paths are meant from where the user is. */
function whereCalled(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '', path)
}
