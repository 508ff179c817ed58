import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Options } from './options.js'
import { add, emptyTally, type Tally } from './tally.js'

/** A process takes so many seeds at once, so that none is left with a long rest. */
const SHARE = 500

/** Runs the seeds in several processes, and passes on what they say. */
export async function runInProcesses(options: Options, say: (text: string) => void): Promise<Tally> {
  const { from, seeds, processes } = options
  const tally = emptyTally()
  const share = Math.max(1, Math.min(SHARE, Math.ceil(seeds / processes)))
  let next = from
  const runShares = async (): Promise<void> => {
    while (next < from + seeds) {
      const first = next
      next = Math.min(first + share, from + seeds)
      add(tally, await runPart({ ...options, from: first, seeds: next - first }, say))
    }
  }
  await Promise.all(Array.from({ length: processes }, runShares))
  tally.failed.sort((a, b) => a.seed - b.seed)
  return tally
}

async function runPart({ from, seeds, defect }: Options, say: (text: string) => void): Promise<Tally> {
  const args = [`--from=${from}`, `--seeds=${seeds}`, '--part']
  if (defect !== undefined) args.push(`--defect=${defect.name}`)
  // Most of what a seed makes is garbage at its end: a larger nursery saves a fifth of the time.
  const node = ['--max-semi-space-size=64', ...process.execArgv]
  const child = spawn(process.execPath, [...node, fileURLToPath(new URL('main.ts', import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const lines = output.trim().split('\n')
  const last = lines.pop() ?? ''
  if (lines.length > 0) say(lines.join('\n'))
  if (code !== 0) throw new Error(`seeds ${from} to ${from + seeds - 1} ended with code ${String(code)}: ${last}`)
  return JSON.parse(last) as Tally
}
