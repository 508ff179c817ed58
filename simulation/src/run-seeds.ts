import { writeFile } from 'node:fs/promises'
import { formatHistory } from '@goscheds/conformance/history'
import { describeSeed } from './describe.js'
import type { Options } from './options.js'
import { runSeed } from './run-seed.js'
import { count, emptyTally, type Tally } from './tally.js'

/** Runs the seeds in this process, and says at once what is wrong with one. */
export async function runSeeds(options: Options, say: (text: string) => void): Promise<Tally> {
  const { from, seeds, defect, historyFile, isSingle } = options
  const tally = emptyTally()
  let isWritten = false
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSeed(seed, defect)
    const isFailed = result.findings.length > 0
    if (isFailed) say(describeSeed(result, replayCommand(seed, options)))
    if (historyFile !== undefined && !isWritten && (isFailed || isSingle)) {
      await writeFile(`${historyFile}.inside`, formatHistory(result.inside))
      await writeFile(`${historyFile}.outside`, formatHistory(result.outside))
      isWritten = true
    }
    count(tally, result)
  }
  return tally
}

function replayCommand(seed: number, { defect }: Options): string {
  return `pnpm simulate --seed ${seed} --history history${defect === undefined ? '' : ` --defect '${defect.name}'`}`
}
