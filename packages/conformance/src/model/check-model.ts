import { systemRuntime } from '@goscheds/core'
import type { OpenStore } from '../harness.js'
import { findMismatch, type Mismatch } from './find-mismatch.js'
import { ModelMismatch, showTrace } from './trace.js'

const MAX_COMMANDS = 50

/** What {@link checkModel} runs. */
export interface CheckModelOptions {
  /** Called for each sequence. The clock of the stores must stand still. */
  readonly open: OpenStore
  /** How many random sequences. */
  readonly runs: number
  /** The same seed makes the same sequences: a whole number. Default: a random one. */
  readonly seed?: number | undefined
  /** The path that a failure printed, with its seed: runs that one sequence only. */
  readonly path?: string | undefined
  /** The most commands in a sequence, before the drain at its end. Default 50. */
  readonly maxCommands?: number | undefined
}

/**
 * Runs random sequences of commands on the store and on the memory store, which is the model, and compares every
 * outcome, at the end of each sequence all that can be seen, and every job's way to its end. Needs no test runner.
 * Rejects with the shortest sequence found after which they differ, and how to run it again.
 */
export async function checkModel(options: CheckModelOptions): Promise<void> {
  const { open, runs, seed = randomSeed(), path, maxCommands = MAX_COMMANDS } = options
  const mismatch = await findMismatch({ ...{ open, runs, seed, path, maxCommands }, isShrinking: true })
  if (mismatch !== undefined) throw new Error(reportOf(mismatch), { cause: mismatch.error })
}

/** A seed of 31 bits that no other run is likely to have. */
export function randomSeed(): number {
  return Math.floor(systemRuntime.random() * 2 ** 31)
}

function reportOf({ error, seed, path, runs, shrinks }: Mismatch): string {
  const message = error instanceof Error ? error.message : String(error)
  const trace = error instanceof ModelMismatch ? `\n\n${showTrace(error.steps)}` : ''
  const [fastCheckPath, replayPath] = path.split('@')
  return `the store differs from the model: ${message}${trace}

found in sequence ${runs}, made shorter ${shrinks} times; seed ${seed}, path "${fastCheckPath}", replayPath "${replayPath}"
to run it again: GOSCHEDS_MODEL_SEED=${seed} GOSCHEDS_MODEL_PATH='${path}' in the environment of the test,
or checkModel({ …, seed: ${seed}, path: '${path}' })
`
}
