import { systemRuntime } from '@goscheds/core'
import * as fc from 'fast-check'
import type { OpenStore } from '../harness.js'
import { compareAll } from './compare-all.js'
import { Comparison } from './comparison.js'
import { drain } from './drain.js'
import type { ModelCommand } from './model-command.js'
import { modelCommands } from './model-commands.js'
import { ModelMismatch } from './trace.js'
import { verifyWhereSupported } from '../verify-store.js'

/** How long a sequence may take before a call of it counts as never coming back, in real time. */
const PATIENCE_MS = 30_000
/** After one that did not come back there are more while it is shrunk; those are waited for less long. */
const PATIENCE_AFTER_LATE_MS = 500

/** What {@link findMismatch} runs. */
export interface FindMismatchOptions {
  readonly open: OpenStore
  readonly runs: number
  readonly seed: number
  /** What {@link Mismatch} said, to run that one sequence again. */
  readonly path?: string | undefined
  readonly maxCommands: number
  /** Whether to look for the shortest sequence. */
  readonly isShrinking: boolean
  readonly patienceMs?: number
}

/** A sequence after which the store and the model differ. */
export interface Mismatch {
  readonly error: unknown
  readonly seed: number
  /** To run the sequence again: the path of fast-check and, behind an `@`, its replayPath. */
  readonly path: string
  /** How many sequences ran, this one included. */
  readonly runs: number
  readonly shrinks: number
}

/** Runs random sequences on stores of their own until one differs from the model; nothing if none does. */
export async function findMismatch(options: FindMismatchOptions): Promise<Mismatch | undefined> {
  const { open, runs, seed, maxCommands, isShrinking } = options
  const [path = '', replayPath] = (options.path ?? '').split('@')
  let patienceMs = options.patienceMs ?? PATIENCE_MS
  const property = fc.asyncProperty(modelCommands(maxCommands, replayPath), async (commands) => {
    await runSequence(open, commands, patienceMs, () => (patienceMs = Math.min(patienceMs, PATIENCE_AFTER_LATE_MS)))
  })
  const isReplay = path !== ''
  const details = await fc.check(property, {
    ...{ seed, path, numRuns: isReplay ? 1 : runs, endOnFailure: isReplay || !isShrinking },
  })
  if (!details.failed) return undefined
  const { errorInstance: error, counterexample, counterexamplePath, numRuns, numShrinks: shrinks } = details
  const [, ran] = /replayPath="([^"]*)"/.exec(fc.stringify(counterexample?.[0])) ?? []
  return { error, seed, path: `${counterexamplePath ?? ''}@${ran ?? ''}`, runs: numRuns, shrinks }
}

async function runSequence(
  open: OpenStore,
  commands: Iterable<ModelCommand>,
  patienceMs: number,
  onLate: () => void,
): Promise<void> {
  const harness = await open({ namespace: `model-${systemRuntime.newId()}` })
  try {
    await harness.store.open()
    const comparison = new Comparison(harness, await harness.now())
    const late = new AbortController()
    const cancel = systemRuntime.setTimer(patienceMs, () => late.abort())
    try {
      await Promise.race([runToTheEnd(comparison, commands), rejectsWhenLate(late.signal, comparison, patienceMs)])
    } finally {
      cancel()
      if (late.signal.aborted) onLate()
    }
  } finally {
    await harness.close()
  }
}

async function runToTheEnd(comparison: Comparison, commands: Iterable<ModelCommand>): Promise<void> {
  await fc.asyncModelRun(() => ({ model: comparison, real: comparison }), commands)
  await compareAll(comparison)
  await audit(comparison)
  await drain(comparison)
  await audit(comparison)
}

function audit(comparison: Comparison): Promise<void> {
  return comparison.alone(
    () => 'verify',
    (store) => verifyWhereSupported(store),
  )
}

function rejectsWhenLate(signal: AbortSignal, { steps }: Comparison, patienceMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(
        new ModelMismatch(`the last call had not come back when ${patienceMs} ms of the sequence were over`, steps),
      )
    })
  })
}
