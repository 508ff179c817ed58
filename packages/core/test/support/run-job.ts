import type { Handler, HandlerOptions, JobView, PushOptions, Worker, WorkerOptions } from '../../src/index.js'
import { aWorld, eventsOf, type World } from './a-world.js'

/** A worker with one handler, for `email`, and the job `a` that was pushed to it. */
export interface JobRun {
  readonly world: World
  readonly worker: Worker
  /** As `eventsOf` has them. */
  readonly events: readonly string[]
  /** The messages of the `error` events. */
  readonly errors: readonly string[]
  readonly get: () => Promise<JobView | null>
  /** Stops the worker and the scheduler at once, whatever runs; resolves to the timers that are left. */
  readonly stop: () => Promise<number>
}

/** Options of {@link runJob}. */
export interface RunJobOptions {
  readonly world?: World
  readonly push?: PushOptions
  readonly worker?: Partial<WorkerOptions>
  readonly handler?: HandlerOptions
}

/** Pushes the job `a` to a worker with this handler, beside a started scheduler, and does all that needs no time. */
export async function runJob(handler: Handler<never, unknown>, options: RunJobOptions = {}): Promise<JobRun> {
  const { world = aWorld() } = options
  const scheduler = world.scheduler()
  scheduler.start()
  const worker = world.worker(options.worker)
  const events = eventsOf(worker)
  const errors: string[] = []
  worker.on('error', ({ message }) => errors.push(message))
  worker.registerHandler('email', handler as Handler<unknown, unknown>, options.handler)
  worker.start()
  await scheduler.push('email', {}, { id: 'a', ...options.push })
  await world.clock.advance(0)
  const stop = async (): Promise<number> => {
    await world.until(Promise.all([worker.stop({ graceMs: 0 }), scheduler.stop()]))
    return world.clock.pendingTimers
  }
  return { world, worker, events, errors, get: () => world.inspector.get('a'), stop }
}
