import { systemRuntime } from '@goscheds/core'
import { describe, it } from 'vitest'
import type { OpenStore } from '../harness.js'
import { checkModel, randomSeed } from './check-model.js'

const RUNS = 1_000
const OPEN_TIMEOUT_MS = 30_000
/** Far above what a sequence takes, and shrinking takes a few hundred more. */
const TIMEOUT_PER_RUN_MS = 200
const SHRINKING_TIMEOUT_MS = 120_000

/** What {@link testModel} needs to know about a store. */
export interface TestModelOptions {
  /** Names the store in the report. */
  readonly name: string
  /** Called for each sequence. The clock of the stores must stand still. */
  readonly open: OpenStore
  /** How many random sequences. Default 1,000. */
  readonly runs?: number
}

/**
 * Registers a vitest test that compares a store with the memory store by {@link checkModel}. Call it at the top
 * level of a test file. It fails once, with the reason, when the store cannot be opened, and is skipped when the
 * store's clock does not stand still. From the environment: `GOSCHEDS_MODEL_RUNS` for more sequences (or fewer),
 * `GOSCHEDS_MODEL_SEED` and `GOSCHEDS_MODEL_PATH` to repeat what a failure printed.
 */
export function testModel(options: TestModelOptions): void {
  const { name, open } = options
  const runs = numberFrom('GOSCHEDS_MODEL_RUNS') ?? options.runs ?? RUNS
  const seed = numberFrom('GOSCHEDS_MODEL_SEED') ?? randomSeed()
  const path = process.env['GOSCHEDS_MODEL_PATH']
  describe(`${name} does what the model does`, () => {
    const timeout = OPEN_TIMEOUT_MS + SHRINKING_TIMEOUT_MS + runs * TIMEOUT_PER_RUN_MS
    it(`in ${runs} random sequences of commands (seed ${seed})`, { timeout }, async ({ skip }) => {
      if ((await clockOf(name, open)) === 'running') skip('the clock of the store does not stand still')
      await checkModel({ open, runs, seed, path })
    })
  })
}

function numberFrom(variable: string): number | undefined {
  const text = process.env[variable]
  if (text === undefined || text === '') return undefined
  const number = Number(text)
  if (!Number.isInteger(number)) throw new Error(`${variable} must be a whole number, got "${text}"`)
  return number
}

async function clockOf(name: string, open: OpenStore): Promise<'still' | 'running'> {
  try {
    const harness = await open({ namespace: `model-${systemRuntime.newId()}` })
    await harness.store.open().finally(() => harness.close())
    return harness.clock ?? 'still'
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the store ${name} did not open, so no sequence was run: ${reason}`, { cause })
  }
}
