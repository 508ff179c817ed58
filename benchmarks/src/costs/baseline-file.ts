import { readFile, writeFile } from 'node:fs/promises'
import type { Baseline } from './cost-changes.js'

const FILE = new URL('../../costs.json', import.meta.url)

/** What was last recorded. */
export async function readBaseline(): Promise<Baseline> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Baseline
}

/** Records, a line for each figure, so that a change can be read in a diff. */
export async function writeBaseline(baseline: Baseline): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(baseline, null, 2)}\n`)
}
