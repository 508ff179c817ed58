import type { HandlerContext, Job } from '@goscheds/core'
import { pastime, type Stage } from '../world/stage.js'
import { type Checkpoint, checkpointOf } from './checkpoint-ledger.js'

/** A handler that does its work in steps, with a checkpoint after each, and goes on where an earlier attempt was. */
export interface StepByStep {
  readonly act: 'go step by step'
  /** For how long it works at each. */
  readonly ms: number
  readonly steps: number
  readonly as: 'function' | 'generator'
  /** Its process dies after this step, while there are faults and it has not been recovered. */
  readonly crashAt: number | undefined
  /** It goes on when a checkpoint was refused. */
  readonly isHeedless: boolean
}

export async function stepByStep(
  job: Job<StepByStep>,
  { signal, progress, log, checkpoint }: HandlerContext,
  stage: Stage,
): Promise<unknown> {
  const { ledger, host } = stage
  const { args } = job
  ledger.handed(job)
  for (let { step } = checkpointOf(job); step < args.steps;) {
    await pastime(host, args.ms)
    step++
    // Nobody waits for them.
    void progress({ step })
    if (!signal.aborted) log(`step ${step}`)
    ledger.reported(job, step)
    try {
      await checkpoint(toCheckpoint(job, step))
      ledger.acknowledged(job, step)
    } catch (error) {
      if (!args.isHeedless || signal.aborted) throw error
    }
    if (step === args.crashAt) await stage.dieUnlessRecovered(job)
  }
  return { done: job.id, steps: args.steps }
}

/** The same as a generator. `untilTaken` rejects when its slot is about to be taken from it. */
export async function* yieldStepByStep(
  job: Job<StepByStep>,
  { signal, progress, log }: HandlerContext,
  stage: Stage,
  untilTaken: Promise<never>,
): AsyncGenerator<Checkpoint, unknown, void> {
  const { ledger, host, note } = stage
  const { args } = job
  ledger.handed(job)
  note('generator')
  for (let { step } = checkpointOf(job); step < args.steps;) {
    await Promise.race([pastime(host, args.ms), untilTaken])
    step++
    void progress({ step })
    if (!signal.aborted) log(`step ${step}`)
    ledger.reported(job, step)
    yield toCheckpoint(job, step)
    ledger.acknowledged(job, step)
    if (step === args.crashAt) await Promise.race([stage.dieUnlessRecovered(job), untilTaken])
  }
  return { done: job.id, steps: args.steps }
}

function toCheckpoint(job: Job, step: number): Checkpoint {
  return { step, claim: job.fence.claim }
}
