import type { JobEntry, NameLimitsOptions, Worker } from '../../src/index.js'
import { aWorld, type World } from './a-world.js'

/** One run of a handler; `to` is absent while it runs. */
export interface Run {
  readonly id: string
  readonly group: string | undefined
  readonly from: number
  to?: number
}

/** Several workers on one store, whose handler takes its time; with each run of it, and what they did to the store. */
export interface LimitedWorld {
  readonly world: World
  readonly workers: readonly Worker[]
  readonly runs: readonly Run[]
  /** How many handlers run now. */
  readonly running: () => number
  /** The most that ran at a time since this was last asked. */
  readonly most: () => number
  readonly push: (...entries: readonly (Partial<JobEntry> & { id: string })[]) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Options of {@link aLimitedWorld}. */
export interface LimitedOptions {
  readonly limits: NameLimitsOptions | null
  readonly workers?: number
  readonly concurrency?: number
  /** How long each job takes, in milliseconds; throws to have it fail. */
  readonly takes: (id: string, run: number) => number
}

export async function aLimitedWorld(options: LimitedOptions): Promise<LimitedWorld> {
  const { limits, workers: count = 2, concurrency = 10, takes } = options
  const world = aWorld()
  await world.inspector.setLimits('email', limits)
  const scheduler = world.scheduler()
  scheduler.start()
  const runs: Run[] = []
  let [running, most] = [0, 0]
  const workers = Array.from({ length: count }, () => {
    const worker = world.worker({ concurrency, leaseMs: 5_000 })
    worker.registerHandler('email', async ({ id, group }) => {
      const run: Run = { id, group: group?.key, from: world.clock.monotonic() }
      runs.push(run)
      running++
      most = Math.max(most, running)
      try {
        const ms = takes(id, runs.filter((other) => other.id === id).length)
        await new Promise<void>((resolve) => void world.clock.setTimer(ms, resolve))
      } finally {
        running--
        run.to = world.clock.monotonic()
      }
    })
    worker.start()
    return worker
  })
  await world.clock.advance(0)
  return {
    ...{ world, workers, runs, running: () => running },
    most: () => {
      const asked = most
      most = running
      return asked
    },
    async push(...entries) {
      await scheduler.pushMany(entries.map((entry) => ({ name: 'email', args: {}, ...entry })))
      await world.clock.advance(0)
    },
    async stop() {
      await world.until(Promise.all([...workers.map((worker) => worker.stop()), scheduler.stop()]))
    },
  }
}

/** Ids with a prefix, from 1. */
export function ids(count: number, prefix = 'job'): { id: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${prefix}-${index + 1}` }))
}
