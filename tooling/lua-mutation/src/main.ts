import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { readOptions } from '@goscheds/command-line'
import { runBaseline, runConformance, type Verdict } from './conformance-stage.js'
import { type LuaFile, readLuaFiles } from './lua-files.js'
import { type Mutant, mutantsOf } from './mutants.js'
import { runRedisTests } from './redis-test-stage.js'
import { MIN_SCORE, mutantLines, reportLines, scoreOf } from './report.js'
import { acceptanceOf, descriptionOf, readAccepted } from './survivors.js'

const USAGE = `Changes the Lua scripts of the Redis store, one place at a time, and counts the changes that the tests notice.

  --file NAME    only this file (claim.lua, lib/find.lua); may be repeated
  --mutant ID    only this change; quote it, as an id has a space
  --list         print the changes and run nothing
  --stage NAME   conformance: only the conformance cases; all (default): then the tests of the Redis store too
  --recheck      give the listed survivors to the tests of the Redis store too
  --lanes N      how many changes are tried at a time`

type Options = ReturnType<typeof parseOptions>

const options = readOptions(parseOptions, USAGE)
if (options !== undefined) process.exitCode = await main(options)

function parseOptions(argv: readonly string[]) {
  const { values } = parseArgs({
    args: argv.filter((arg) => arg !== '--'),
    options: {
      file: { type: 'string', multiple: true, default: [] },
      mutant: { type: 'string' },
      list: { type: 'boolean', default: false },
      stage: { type: 'string', default: 'all' },
      recheck: { type: 'boolean', default: false },
      lanes: { type: 'string', default: String(availableParallelism() + 1) },
      help: { type: 'boolean', default: false },
    },
  })
  return values
}

/** → the exit code */
async function main(values: Options): Promise<number> {
  const files = await readLuaFiles()
  const unknown = values.file.filter((name) => !files.some(({ file }) => file === name))
  const chosen = files
    .flatMap(({ file, text }) => mutantsOf(file, text))
    .filter(({ id, file }) => {
      const isOfFile = values.file.length === 0 || values.file.includes(file)
      return isOfFile && (values.mutant === undefined || id === values.mutant)
    })
  if (values.help) {
    console.log(USAGE)
  } else if (unknown.length > 0 || chosen.length === 0 || !['conformance', 'all'].includes(values.stage)) {
    console.error(`There is no such file, mutant or stage; --list prints what there is.\n\n${USAGE}`)
    return 2
  } else if (values.list) {
    for (const mutant of chosen) console.log(mutantLines(mutant))
  } else {
    return run(values, files, chosen)
  }
  return 0
}

/** → the exit code */
async function run(values: Options, files: readonly LuaFile[], chosen: readonly Mutant[]): Promise<number> {
  const began = performance.now()
  const seconds = (): string => `${((performance.now() - began) / 1_000).toFixed(0)} s`
  const list = await readAccepted()
  const listed = new Set(list.map(descriptionOf))
  const verdicts = new Map<string, Verdict>()
  let tried = 0
  const note = (verdict: Verdict): void => {
    tried += 1
    if (values.mutant !== undefined) console.log(`${verdict.mutant.id}: ${verdict.killedBy ?? 'not noticed so far'}`)
    verdicts.set(verdict.mutant.id, verdict)
    if (verdict.killedBy === undefined && !listed.has(descriptionOf(verdict.mutant))) {
      console.log(`not noticed so far: ${mutantLines(verdict.mutant)}`)
    }
    if (tried % 100 === 0) console.log(`${String(tried)} tried after ${seconds()}`)
  }
  const survivors = (): Mutant[] =>
    chosen.filter(({ id }) => {
      const verdict = verdicts.get(id)
      return verdict !== undefined && verdict.killedBy === undefined
    })

  const baseline = await runBaseline()
  console.log(`${String(baseline.length)} conformance cases pass; ${String(chosen.length)} changes to try`)
  await runConformance(chosen, baseline, files, { lanes: Math.max(1, Number(values.lanes)), onVerdict: note })

  if (values.stage === 'all') {
    const left = survivors().filter((mutant) => values.recheck || !listed.has(descriptionOf(mutant)))
    console.log(`${String(left.length)} changes for the tests of the Redis store, after ${seconds()}`)
    if (left.length > 0) await runRedisTests(left, note)
  }

  const all = [...verdicts.values()]
  // Of a file in part, nobody can say what is stale.
  const whole = values.mutant === undefined ? new Set(chosen.map(({ file }) => file)) : new Set<string>()
  const acceptance = acceptanceOf(survivors(), list, whole)
  console.log(`Done after ${seconds()}.`)
  for (const line of reportLines(all, acceptance)) console.log(line)
  const scores = [scoreOf(all, acceptance.equivalent), scoreOf(all, acceptance.equivalent, ({ ofCall }) => ofCall)]
  const isGood = scores.every(({ ofReal }) => ofReal >= MIN_SCORE)
  return isGood && acceptance.unlisted.length === 0 && acceptance.stale.length === 0 ? 0 : 1
}
