import { type HandlerContext, type Job, NonRetryableError } from '@goscheds/core'
import type { Network } from '../network/network.js'
import type { Host } from './host.js'
import type { Act } from './job-plan.js'

const never = (): Promise<never> => new Promise(() => {})

/** Where a handler runs. */
export interface Stage {
  readonly host: Host
  readonly network: Network
  /** Whether every process is to stay alive from here on. */
  readonly isHealthy: () => boolean
}

/** Does what the args of a job say. */
export async function actOut(job: Job<Act>, { signal }: HandlerContext, stage: Stage): Promise<unknown> {
  const { host, network } = stage
  const { args } = job
  if (args.act === 'never end') return never()
  if (args.act === 'hold the CPU') {
    if (network.isHealed) return work(host, args.ms)
    network.count('busy handler')
    return host.pause(args.ms)
  }
  await (args.act === 'give up on its signal' ? workUnless(host, args.ms, signal) : work(host, args.ms))
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

async function work(host: Host, ms: number): Promise<void> {
  if (ms > 0) await new Promise<void>((resolve) => host.after(ms, resolve))
}

async function workUnless(host: Host, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    host.after(ms, resolve)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
