import { ManualClock, MemoryStore } from '@goscheds/memory'
import {
  Inspector,
  Scheduler,
  type SchedulerOptions,
  type ServiceOptions,
  type Store,
  Worker,
  type WorkerEvents,
  type WorkerOptions,
} from '../../src/index.js'
import { type Fault, withFaults } from './with-faults.js'

/** A logger that keeps what it is told. */
export interface RecordingLogger {
  readonly lines: unknown[][]
  warn(message: string, detail?: unknown): void
  error(message: string, detail?: unknown): void
}

export function aLogger(): RecordingLogger {
  const lines: unknown[][] = []
  return { lines, warn: (...line) => void lines.push(line), error: (...line) => void lines.push(line) }
}

/** Everything on one manual clock and one memory store, with a place for faults in front of it. */
export interface World {
  readonly clock: ManualClock
  /** The store without its faults, to look at and to play other processes with. */
  readonly memory: MemoryStore
  readonly store: Store
  readonly faults: Map<keyof Store, Fault>
  readonly calls: (method: keyof Store) => readonly unknown[]
  readonly logger: RecordingLogger
  readonly inspector: Inspector
  readonly scheduler: (options?: Partial<SchedulerOptions>) => Scheduler
  readonly worker: (options?: Partial<WorkerOptions>) => Worker
  /** Moves time on in small steps, so that a chain of many turns is walked to its end. */
  readonly pass: (ms: number, stepMs?: number) => Promise<void>
  /** Moves time until the promise has settled, at most ten minutes. */
  readonly until: <Value>(promise: Promise<Value>, stepMs?: number) => Promise<Value>
}

export function aWorld(): World {
  const clock = new ManualClock()
  const memory = new MemoryStore({ clock })
  const { store, faults, calls } = withFaults(memory)
  const logger = aLogger()
  const base: ServiceOptions = { store, runtime: clock, logger }
  const pass = async (ms: number, stepMs = 100): Promise<void> => {
    for (let left = ms; left > 0; left -= stepMs) await clock.advance(Math.min(left, stepMs))
  }
  return {
    ...{ clock, memory, store, faults, calls, logger, pass },
    inspector: new Inspector({ store: memory, runtime: clock }),
    scheduler: (options = {}) => new Scheduler({ ...base, ...options }),
    worker: (options = {}) => new Worker({ ...base, ...options }),
    async until(promise, stepMs = 100) {
      let settled = false
      const mark = (): void => {
        settled = true
      }
      promise.then(mark, mark)
      await clock.advance(0)
      for (let passed = 0; !settled; passed += stepMs) {
        if (passed > 600_000) throw new Error('it has not settled within ten minutes')
        await clock.advance(stepMs)
      }
      return promise
    },
  }
}

const EVENTS = ['started', 'completed', 'retrying', 'dead', 'cancelled', 'released', 'lost', 'error'] as const

/** What a worker emits from now on, as `name` or, for faults, `error CODE`. */
export function eventsOf(worker: Worker): string[] {
  const seen: string[] = []
  for (const name of EVENTS) {
    worker.on(name, (event: WorkerEvents[typeof name]) => {
      const code = event instanceof Error && 'code' in event ? ` ${String(event.code)}` : ''
      seen.push(`${name}${code}`)
    })
  }
  return seen
}
