import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '@goscheds/conformance/history'
import { CheckpointLedger, idsSetBack } from '../src/asked/checkpoint-ledger.js'
import { drawFeatures } from '../src/asked/features.js'
import { FireLedger } from '../src/asked/fire-ledger.js'
import { lookAtKeys } from '../src/asked/key-watch.js'
import { SeededRandom } from '../src/clock/seeded-random.js'
import {
  GoschedsError,
  type Job,
  type JobSchedule,
  type NewJob,
  type Scheduler,
  type ScheduleTiming,
} from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { openManualMemoryStore } from '@goscheds/memory/testing'
import { ResultWaits } from '../src/asked/result-waits.js'
import { VirtualClock } from '../src/clock/virtual-clock.js'
import { Host } from '../src/world/host.js'

describe('what the jobs of a seed ask for', () => {
  it('is nothing in a good many seeds, and each thing in a good many others', () => {
    const drawn = Array.from({ length: 1_000 }, (_, seed) => drawFeatures(new SeededRandom(seed)))
    const plain = drawn.filter(({ size }) => size === 0).length
    expect(plain).toBeGreaterThan(150)
    expect(plain).toBeLessThan(300)
    const features = ['unique keys', 'priorities', 'expiry', 'kept counts', 'reports', 'pauses'] as const
    for (const feature of [...features, 'groups', 'limits', 'rate limited', 'schedules'] as const) {
      expect(drawn.filter((features) => features.has(feature)).length).toBeGreaterThan(300)
    }
  })
})

describe('the ledger of checkpoints', () => {
  const aRun = (claim: number, checkpoint?: unknown, more: Partial<Job> = {}): Job =>
    ({ id: 'a', enqueuedAt: new Date(0), fence: { generation: 1, claim }, checkpoint, ...more }) as Job

  it('is content with one that was reported and is the last that was acknowledged, or a later one', () => {
    const ledger = new CheckpointLedger()
    ledger.handed(aRun(1))
    for (const step of [1, 2, 3]) ledger.reported(aRun(1), step)
    ledger.acknowledged(aRun(1), 2)
    ledger.handed(aRun(2, { step: 2, claim: 1 }))
    ledger.handed(aRun(3, { step: 3, claim: 1 }))
    expect(ledger.problems).toEqual([])
  })

  it.each([
    ['that nobody reported', 2, { step: 4, claim: 1 }],
    ['of another claim than it says', 2, { step: 3, claim: 2 }],
    ['that is older than one acknowledged', 2, { step: 1, claim: 1 }],
    ['that is not there, and one was acknowledged', 2, undefined],
    ['of its own claim', 1, { step: 3, claim: 1 }],
  ])('sees one %s', (_what, claim, checkpoint) => {
    const ledger = new CheckpointLedger()
    for (const step of [1, 2, 3]) ledger.reported(aRun(1), step)
    ledger.acknowledged(aRun(1), 2)
    ledger.handed(aRun(claim, checkpoint))
    expect(ledger.problems).toHaveLength(1)
  })

  it('does not ask an older claim for what a later one has kept, nor another job of the id', () => {
    const ledger = new CheckpointLedger()
    ledger.reported(aRun(2), 1)
    ledger.acknowledged(aRun(2), 1)
    ledger.handed(aRun(1))
    ledger.handed(aRun(3, undefined, { enqueuedAt: new Date(1) }))
    expect(ledger.problems).toEqual([])
  })

  it('knows those that the store was told of in another order', () => {
    const report = (seq: number, step: number, claim = 1, output = 'reported'): HistoryEvent[] => {
      const lease = { id: 'a', name: 'email', fence: { generation: 1, claim } }
      const entries = [{ lease, checkpoint: JSON.stringify({ step, claim }) }]
      const base = { at: 0, process: 'w', call: seq }
      return [
        { ...base, seq, type: 'invoke', method: 'report', input: { entries } },
        { ...base, seq: seq + 1, type: 'ok', output: [output] },
      ]
    }
    const setBack = (...events: HistoryEvent[][]): string[] => [
      ...idsSetBack({ header: { store: 'memory' }, events: events.flat() }),
    ]
    expect(setBack(report(0, 1), report(2, 2), report(4, 1))).toEqual(['a'])
    expect(setBack(report(0, 1), report(2, 2), report(4, 2))).toEqual([])
    expect(setBack(report(0, 2), report(2, 1, 2))).toEqual([])
    expect(setBack(report(0, 2), report(2, 1, 1, 'lost'))).toEqual([])
  })
})

describe('the ledger of fires', () => {
  const every: ScheduleTiming = { everyMs: 1_000, phaseMs: 300 }
  const at = (ms: number): string => `tick@${new Date(ms).toISOString()}`
  const aRun = (id: string, schedule: Partial<JobSchedule> | undefined, startedAt: number): Job<unknown> =>
    ({ id, schedule, startedAt: new Date(startedAt) }) as Job<unknown>

  /** What is wrong with a job of this id that is told to be of this fire. */
  function problemsWith(
    id: string,
    schedule: Partial<JobSchedule> | undefined,
    { startedAt = 5_400, timing = every }: { readonly startedAt?: number; readonly timing?: ScheduleTiming } = {},
  ): readonly string[] {
    const ledger = new FireLedger()
    ledger.isPut('tick', timing)
    ledger.begins(aRun(id, schedule, startedAt), startedAt)
    return ledger.problems
  }
  const told = (ms: number, more: Partial<JobSchedule> = {}): Partial<JobSchedule> => ({
    ...{ id: 'tick', fireAt: new Date(ms), lateMs: 5_400 - ms },
    ...more,
  })

  it('is content with jobs that carry the time of a rule that was put, with triggers, and with others', () => {
    expect(problemsWith(at(5_300), told(5_300))).toEqual([])
    expect(problemsWith(`${at(5_399)}#x`, told(5_399))).toEqual([])
    expect(problemsWith('j1', undefined)).toEqual([])
    expect(problemsWith('j1@home', undefined)).toEqual([])
    const cron = { cron: '7,8,9,40-42 * * * * *' }
    const startedAt = 41_000
    expect(problemsWith(at(41_000), told(41_000, { lateMs: 0 }), { startedAt, timing: cron })).toEqual([])
    expect(problemsWith(at(40_500), told(40_500, { lateMs: 500 }), { startedAt, timing: cron })).toHaveLength(1)
    expect(problemsWith(at(39_000), told(39_000, { lateMs: 2_000 }), { startedAt, timing: cron })).toHaveLength(1)
  })

  it.each([
    ['of no schedule', at(5_300), undefined],
    ['of another', at(5_300), told(5_300, { id: 'tock' })],
    ['of another time', at(5_300), told(4_300)],
    ['of a schedule, and it is not', 'j1', told(5_300)],
    ['to be late by another span', at(5_300), told(5_300, { lateMs: 99 })],
    ['of a time at which no rule fires', at(5_000), told(5_000)],
  ])('sees one that is told to be %s', (_what, id, schedule) => {
    expect(problemsWith(id, schedule)).toHaveLength(1)
  })

  it('sees one that begins before its time', () => {
    expect(problemsWith(at(6_300), told(6_300))).toHaveLength(1)
  })
})

describe('a look at the unique keys', () => {
  const unique = { key: 'finished', until: 'finished', onConflict: 'runAgain' } as const
  const aJob = (id: string): NewJob =>
    ({ id, name: 'email', payload: '1', options: '', retention: { completedMs: 0, deadMs: 0 }, unique }) as const
  const claim = { name: 'email', worker: 'w', limit: 1, leaseMs: 1_000 }

  it('finds nothing where one holds the key and one is parked', async () => {
    const { store } = openManualMemoryStore()
    await store.enqueue({ jobs: [aJob('a')] })
    await store.claim(claim)
    await store.enqueue({ jobs: [aJob('b')] })
    expect(await lookAtKeys(store, ['email'])).toEqual([])
  })

  it('finds two that hold one, and one that is parked behind nobody', async () => {
    const { store, state } = openManualMemoryStore()
    await store.enqueue({ jobs: [aJob('a')] })
    state.keys.holdOf = () => undefined
    await store.enqueue({ jobs: [aJob('b')] })
    expect(await lookAtKeys(store, ['email'])).toEqual(['a and b hold email finished'])

    const other = openManualMemoryStore()
    await other.store.enqueue({ jobs: [aJob('a')] })
    const { jobs } = await other.store.claim(claim)
    await other.store.enqueue({ jobs: [aJob('b')] })
    other.state.keys.free = () => undefined
    const settlement = { type: 'completed', retentionMs: 0 } as const
    await other.store.settle({ entries: jobs.map((lease) => ({ lease, settlement })) })
    expect(await lookAtKeys(other.store, ['email'])).toEqual(['b is parked, and nobody holds email finished'])
  })
})

describe('a producer that waits for a result', () => {
  /** What is wrong with this answer, after so long, to a wait of a second for the job `a`, which is there and ready. */
  async function problemsWith(answer: () => Promise<unknown>, afterMs = 100): Promise<readonly string[]> {
    const clock = new VirtualClock(new SeededRandom(1))
    const store = new MemoryStore({ clock: clock.asStoreClock() })
    const host = new Host('m0.0', clock, new SeededRandom(2), { skewMs: 0, drift: 0 })
    const retention = { completedMs: 1_000, deadMs: 1_000 }
    await store.enqueue({ jobs: [{ id: 'a', name: 'email', payload: '1', options: '', retention }] })
    const waits = new ResultWaits({ clock, store: () => store, note: () => {} })
    waits.returned('a', { done: 'a' })
    waits.threw('a', new Error('it always fails'))
    await clock.run(100)
    const result = async (): Promise<unknown> => {
      await new Promise<void>((resolve) => clock.schedule(afterMs, resolve))
      return answer()
    }
    void waits.wait(host, { result } as unknown as Scheduler, 'a', 1_000)
    await clock.run(10_000)
    return waits.problems
  }

  const coded = (code: 'NOT_FOUND' | 'CANCELLED' | 'RESULT_NOT_RETAINED' | 'RESULT_TIMEOUT' | 'STORE_FAILED') => () =>
    Promise.reject(new GoschedsError(code, 'so it is'))

  it('is content with what a handler has returned or thrown, and with no answer in time', async () => {
    expect(await problemsWith(async () => ({ done: 'a' }))).toEqual([])
    expect(await problemsWith(() => Promise.reject(new Error('it always fails')))).toEqual([])
    expect(await problemsWith(coded('RESULT_TIMEOUT'), 1_000)).toEqual([])
  })

  it.each([
    ['a value of another job', async () => ({ done: 'b' }), 100],
    ['the error of another job', () => Promise.reject(new Error('failure 1')), 100],
    ['that a job is not there which is', coded('NOT_FOUND'), 100],
    ['that it was cancelled', coded('CANCELLED'), 100],
    ['that it leaves no trace', coded('RESULT_NOT_RETAINED'), 100],
    ['of a fault', coded('STORE_FAILED'), 100],
    ['that the time is over when it is not', coded('RESULT_TIMEOUT'), 500],
    ['nothing', () => new Promise(() => {}), 100],
  ])('sees when it is told %s', async (_what, answer, afterMs) => {
    expect(await problemsWith(answer, afterMs)).toHaveLength(1)
  })
})
