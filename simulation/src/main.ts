// Runs seeds of the simulation; see README.md.
import { readOptions } from '@goscheds/command-line'
import { describeTally } from './describe.js'
import { type Options, parseOptions, usage } from './options.js'
import { describeDays } from './recurring/describe-days.js'
import { runDays } from './recurring/run-days.js'
import { runInProcesses } from './run-in-processes.js'
import { runSeeds, writeHistories } from './run-seeds.js'

const say = (text: string): void => console.log(text)
const options = readOptions(parseOptions, usage)
if (options !== undefined) await main(options)

async function main(given: Options): Promise<void> {
  if (given.days !== undefined) return await mainOfDays(given.from, given.days)
  if (given.isPart) return say(JSON.stringify(await runSeeds(given, say)))
  const { from, seeds, processes, defect, historyFile, isSingle } = given
  const store = defect === undefined ? 'the memory store' : `a store that ${defect.name}`
  say(`seeds ${from} to ${from + seeds - 1} over ${store}`)
  const beganAt = performance.now()
  const tally = processes > 1 ? await runInProcesses(given, say) : await runSeeds(given, say)
  say(describeTally(tally, (performance.now() - beganAt) / 1_000))
  const shown = isSingle ? from : tally.failed[0]?.seed
  if (historyFile !== undefined && shown !== undefined) {
    say(`the histories of seed ${shown}: ${(await writeHistories(shown, historyFile, defect)).join(', ')}`)
  }
  if (tally.failed.length > 0) process.exitCode = 1
}

async function mainOfDays(seed: number, days: number): Promise<void> {
  const beganAt = performance.now()
  const result = await runDays({ seed, days })
  say(describeDays(result, { seed, days, seconds: (performance.now() - beganAt) / 1_000 }))
  if (result.wrong.length > 0) process.exitCode = 1
}
