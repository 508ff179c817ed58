import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { allDefects } from './defects/all-defects.js'
import type { Defect } from './defects/defect.js'

/** What the command line asks for. */
export interface Options {
  readonly from: number
  readonly seeds: number
  /** One seed was asked for: more is said about it. */
  readonly isSingle: boolean
  /** Where to write the histories of the first seed that fails, or of the one that was asked for. */
  readonly historyFile: string | undefined
  readonly processes: number
  readonly defect: Defect | undefined
  /** This is one of the processes: it says its figures as JSON on its last line. */
  readonly isPart: boolean
  /** For how many virtual days to let schedules fire, in place of the seeds. */
  readonly days: number | undefined
}

export const usage = `Runs seeds of the simulation; see README.md.

  --seeds N        how many seeds, default 1000
  --from S         the first seed, default 1
  --seed S         this seed only
  --history FILE   write the histories of the first seed that fails, or of --seed: FILE.inside and FILE.outside
  --days N         in place of seeds: recurring schedules, fired by two machines that crash, for N virtual days;
                   with --seed
  --jobs W         parallel processes, default one per core
  --defect NAME    over a store that is broken: ${allDefects.map(({ name }) => `\n                     '${name}'`).join('')}`

/** @throws Error saying what is wrong with the command line */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: argv.filter((arg) => arg !== '--'),
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      history: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      defect: { type: 'string' },
      days: { type: 'string' },
      part: { type: 'boolean', default: false },
    },
  })
  const { seed, defect: name } = values
  const defect = allDefects.find((it) => it.name === name)
  if (name !== undefined && defect === undefined) throw new Error(`there is no defect '${name}'`)
  return {
    from: seed === undefined ? toCount('from', values.from) : toCount('seed', seed),
    seeds: seed === undefined ? toCount('seeds', values.seeds, 1) : 1,
    isSingle: seed !== undefined,
    // pnpm runs the program in its own folder.
    historyFile: values.history === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '', values.history),
    processes: seed === undefined ? toCount('jobs', values.jobs, 1) : 1,
    defect,
    isPart: values.part,
    days: values.days === undefined ? undefined : toCount('days', values.days, 1),
  }
}

function toCount(name: string, text: string, min = 0): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value
  throw new Error(`--${name} must be a whole number, ${min} or more, got '${text}'`)
}
