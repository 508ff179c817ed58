import { ManualClock, Scheduler, type Store, Worker } from '@goscheds/core'
import { openManualMemoryStore } from '@goscheds/memory/testing'
import { type History, HistoryRecorder } from '../../src/history/index.js'
import { type Sound, withMethods } from '../broken/fault.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/**
 * The history of a Scheduler and two Workers, one of which is cut off for longer than a lease, on a memory store with
 * some methods of its own: jobs that succeed, fail now and again, come twice, wait for their time, are retained.
 */
export async function recordedRun(methods: (sound: Sound) => Partial<Store> = () => ({})): Promise<History> {
  const clock = new ManualClock({ seed: 7 })
  const { store: sound, state } = openManualMemoryStore(clock)
  const store = withMethods(sound, methods({ store: sound, clock, state, damaged: new Set() }))
  const recorder = new HistoryRecorder({ now: () => clock.now(), header: { store: 'memory', setsAside: false } })
  const startedAt = clock.now()
  const hangs = (): boolean => clock.now() < startedAt + 16 * SECOND
  const isCutOff = (): boolean => hangs() && clock.now() > startedAt + 50

  const settings = { runtime: clock, logger: { error: () => {}, warn: () => {} } }
  const scheduler = new Scheduler({ store: recorder.around(store, 'scheduler'), ...settings })
  await recorder.mark({ type: 'process', process: 'scheduler', what: 'started', role: 'scheduler' })
  scheduler.start()

  const startWorker = async (process: string, own: Store, runMs: () => number): Promise<Worker> => {
    const worker = new Worker({ store: recorder.around(own, process), ...settings, leaseMs: 10 * SECOND })
    const run = recorder.handler<{ n: number }, string>(process, async ({ args, attempt }) => {
      await new Promise<void>((resolve) => void clock.setTimer(runMs(), resolve))
      if (args.n % 3 === 0 && attempt <= 2) throw new Error('not yet')
      if (args.n % 10 === 1) throw new Error('never')
      return 'done'
    })
    worker.registerHandler('email', run, { concurrency: 2 })
    const concurrency = { email: 2 }
    await recorder.mark({ type: 'process', process, what: 'started', role: 'worker', worker: worker.id, concurrency })
    worker.start()
    return worker
  }
  const retain = { completedMs: 60 * MINUTE, deadMs: 60 * MINUTE }
  const push = async (n: number): Promise<void> => {
    const options = { id: `job-${n}`, maxAttempts: 3, ...(n % 2 === 0 && { retain }) }
    if (n % 5 === 4) await scheduler.pushScheduled('email', { n }, { ...options, delayMs: n * 200 })
    else await scheduler.push('email', { n }, options)
    if (n % 4 === 0) await clock.advance(50)
  }
  // Each worker finds two jobs in its first claim.
  for (let n = 0; n < 4; n++) await push(n)
  const cutOff = await startWorker('worker-cut-off', failingWhile(store, isCutOff), () => (hangs() ? 8 * SECOND : 200))
  const worker = await startWorker('worker-1', store, () => 200)
  for (let n = 4; n < 20; n++) await push(n)
  await scheduler.pushScheduled('email', { n: 2 }, { id: 'job-late', delayMs: 60 * MINUTE })
  for (let step = 0; step < 60; step++) await clock.advance(2 * SECOND)
  await scheduler.push('email', { n: 2 }, { id: 'job-2' })
  await clock.advance(MINUTE)

  const stopped = Promise.all([cutOff.stop(), worker.stop(), scheduler.stop()])
  await clock.advance(MINUTE)
  await stopped
  for (const process of ['worker-cut-off', 'worker-1', 'scheduler']) {
    await recorder.mark({ type: 'process', process, what: 'stopped' })
  }
  await recorder.snapshot(store, 'observer', { drained: true })
  return recorder.history()
}

/** The store as a process sees it whose connection is away at times. */
function failingWhile(store: Store, isAway: () => boolean): Store {
  const failing = async (): Promise<never> => Promise.reject(new Error('connection lost'))
  return new Proxy(store, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return isAway() ? failing : (value.bind(target) as unknown)
    },
  })
}
