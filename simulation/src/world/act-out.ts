import { type HandlerContext, type Job, NonRetryableError } from '@goscheds/core'
import { stepByStep, type StepByStep } from '../asked/step-by-step.js'
import type { Host } from './host.js'
import type { Act } from './job-plan.js'
import { never, pastime, type Stage } from './stage.js'

/** Does what the args of a job say. */
export async function actOut(job: Job<Act>, context: HandlerContext, stage: Stage): Promise<unknown> {
  const { host, network } = stage
  const { args } = job
  const { signal } = context
  if (args.act === 'go step by step') return stepByStep(job as Job<StepByStep>, context, stage)
  if (args.act === 'never end') return never()
  if (args.act === 'hold the CPU') {
    if (network.isHealed) return pastime(host, args.ms)
    network.count('busy handler')
    return host.pause(args.ms)
  }
  await (args.act === 'give up on its signal' ? workUnless(host, args.ms, signal) : pastime(host, args.ms))
  if (args.act === 'snooze' && stage.isToGoBack(job)) {
    stage.note('snooze')
    context.snooze(args.snoozeMs)
  }
  if (args.act === 'be rate limited' && stage.isToGoBack(job)) {
    stage.note('rate limit told')
    context.rateLimited(args.holdMs)
  }
  if (args.act === 'fail at first' && job.attempt <= args.failures) throw new Error(`failure ${job.attempt}`)
  if (args.act === 'fail') throw new Error('it always fails')
  if (args.act === 'fail for good') throw new NonRetryableError('there is no point')
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- users do
  if (args.act === 'throw a text') throw 'a text'
  if (args.act === 'kill the process' && !stage.isHealthy()) {
    network.count('killed by its job')
    host.crash()
    return never()
  }
  return { done: job.id }
}

async function workUnless(host: Host, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    host.after(ms, resolve)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
