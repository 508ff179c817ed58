import { ManualClock, type Overlap, Scheduler, type Store, Worker } from '@goscheds/core'
import { openManualMemoryStore } from '@goscheds/memory/testing'
import { expect, test } from 'vitest'
import { checkHistory, formatHistory, type History, HistoryRecorder, parseHistory } from '../../src/history/index.js'
import { brokenStores } from '../broken/broken-stores.js'
import { type Sound, withMethods } from '../broken/fault.js'

const SECOND = 1_000
const overlaps: readonly Overlap[] = ['skip', 'bufferOne', 'bufferAll', 'cancelOther', 'allowAll']

/** The history of two Schedulers and a Worker, of a schedule for each overlap, which are put anew and removed. */
async function recordedRun(methods: (sound: Sound) => Partial<Store> = () => ({})): Promise<History> {
  const clock = new ManualClock({ seed: 7 })
  const { store: sound, state } = openManualMemoryStore(clock)
  const store = withMethods(sound, methods({ store: sound, clock, state, damaged: new Set() }))
  const recorder = new HistoryRecorder({ now: () => clock.now(), header: { store: 'memory', setsAside: false } })
  const settings = { runtime: clock, logger: { error: () => {}, warn: () => {} } }
  const schedulers = ['s-1', 's-2'].map(
    (process) => new Scheduler({ store: recorder.around(store, process), ...settings }),
  )
  const worker = new Worker({ store: recorder.around(store, 'w'), ...settings })
  const run = recorder.handler<unknown, void>('w', async (_job, { signal }) => {
    await new Promise<void>((resolve) => {
      clock.setTimer(2_300, resolve)
      signal.addEventListener('abort', () => resolve())
    })
  })
  worker.registerHandler('email', run, { concurrency: 20 })
  for (const service of [...schedulers, worker]) service.start()

  const [first] = schedulers as [Scheduler, Scheduler]
  const putAll = async (everyMs: number): Promise<void> => {
    for (const overlap of overlaps) {
      const retain = { completedMs: 60 * SECOND, deadMs: 60 * SECOND }
      await first.schedules.put({ id: overlap, name: 'email', args: {}, everyMs, overlap, jitterMs: 500, retain })
    }
  }
  await putAll(SECOND)
  for (let step = 0; step < 25; step++) await clock.advance(300)
  await putAll(2 * SECOND)
  for (let step = 0; step < 25; step++) await clock.advance(300)
  await first.schedules.trigger('bufferAll')
  for (const overlap of overlaps) await first.schedules.remove(overlap)
  const stopped = Promise.all([...schedulers, worker].map((service) => service.stop()))
  await clock.advance(60 * SECOND)
  await stopped
  await recorder.snapshot(store, 'observer', { drained: false })
  return recorder.history()
}

const brokenIn = (history: History): string[] => [
  ...new Set(checkHistory(history).map(({ guarantee }) => guarantee as string)),
]

test('what two schedulers fire, run by run, breaks nothing', async () => {
  const history = await recordedRun()
  const fires = history.events.filter((event) => event.type === 'invoke' && event.method === 'fireSchedule')
  expect(fires.length).toBeGreaterThan(50)
  expect(checkHistory(history)).toEqual([])
  expect(parseHistory(formatHistory(history))).toEqual(history)
})

test.each([
  ['leaves a schedule where it stands when it fires', 'G14'],
  ['fires and adds no job', 'G1'],
  ['fires beside a run that is active', 'G12'],
] as const)('a store that %s breaks %s', async (name, guarantee) => {
  const fault = brokenStores.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`there is no broken store that ${name}`)
  expect(brokenIn(await recordedRun(fault.methods))).toContain(guarantee)
})
