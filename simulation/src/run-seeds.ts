import { writeFile } from 'node:fs/promises'
import { formatHistory } from '@goscheds/conformance/history'
import type { Defect } from './defects/defect.js'
import { describeSeed } from './describe.js'
import type { Options } from './options.js'
import { runSeed } from './run-seed.js'
import { count, emptyTally, type Tally } from './tally.js'

/** Runs the seeds in this process, and says at once what is wrong with one. */
export async function runSeeds(options: Options, say: (text: string) => void): Promise<Tally> {
  const { from, seeds, defect } = options
  const tally = emptyTally()
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSeed(seed, defect)
    if (result.findings.length > 0) say(describeSeed(result, replayCommand(seed, options)))
    count(tally, result)
  }
  return tally
}

/** Runs a seed again and writes its histories. → the names of the files */
export async function writeHistories(seed: number, file: string, defect: Defect | undefined): Promise<string[]> {
  const { inside, outside } = await runSeed(seed, defect)
  const files = [`${file}.inside`, `${file}.outside`] as const
  await writeFile(files[0], formatHistory(inside))
  await writeFile(files[1], formatHistory(outside))
  return [...files]
}

function replayCommand(seed: number, { defect }: Options): string {
  return `pnpm simulate --seed ${seed} --history history${defect === undefined ? '' : ` --defect '${defect.name}'`}`
}
