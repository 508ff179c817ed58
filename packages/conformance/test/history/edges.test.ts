import { expect, test } from 'vitest'
import { checkHistory, parseHistory, formatHistory, printViolation } from '../../src/history/index.js'
import { aPush, completed, HistoryBuilder, lease, LEASE_MS, retry } from './history-builder.js'

const H = (): HistoryBuilder => new HistoryBuilder()
const HOUR = 3_600_000
const noTrace = { retention: { completedMs: 0, deadMs: 0 } }
const gone = { type: 'completed', retentionMs: 0 } as const
const removed = (): HistoryBuilder =>
  H()
    .push()
    .call('remove', { ids: ['a'] }, [{ status: 'removed', state: 'ready' }])

test('a stop that gave up on a method which fails may call it again, and may leave a lease', () => {
  const later = H().push().claim()
  later.lost('settle', { entries: [{ lease: lease(), settlement: gone }] })
  expect(later.extend().process('stopped').settle(1, gone, 'completed').broken()).toEqual([])
  const left = H().push().claim()
  const call = left.begin('settle', { entries: [{ lease: lease(), settlement: retry }] })
  left.add({ type: 'fail', call, error: 'OOM' }).process('stopped')
  expect(left.snapshot([{ state: 'active', claims: 1 }]).broken()).toEqual([])
})

test('a job may have died of the recoveries of its earlier life', () => {
  const history = H().push(noTrace).claim({ claim: 4, recoveries: 3 }).wait(LEASE_MS)
  history.lost('reap', { limit: 10, maxRecoveries: 3 })
  const broken = history.push(noTrace).claim({ generation: 2 }).broken()
  expect(broken.filter((text) => text.startsWith('G12'))).toEqual([])
})

test('a job that was moved is late by its new time only', () => {
  const history = H().add({ type: 'healthy' }).push({ executeAt: 100_000 }).wait(50_000)
  const entries = [{ id: 'a', executeAt: 1_000 }]
  history.call('reschedule', { entries }, [{ status: 'rescheduled', state: 'ready' }])
  history.claim({ generation: 2, executeAt: 1_000 })
  history.add({ type: 'start', lease: lease(), attempt: 1, maxAttempts: 3, executeAt: 1_000 })
  expect(history.broken({ maxLatenessMs: 1_000 }).filter((text) => text.startsWith('G9'))).toEqual([])
})

test('a name may be that of a method of every object', () => {
  const history = H().process('started', { concurrency: { email: 1 } })
  expect(history.start(1, { lease: { ...lease(), name: 'constructor' } }).broken()).toEqual([])
})

test('a push that was repeated after a lost reply is acknowledged when it is a duplicate (G1)', () => {
  const history = H()
  history.lost('enqueue', { jobs: [aPush()] })
  expect(history.push({}, 'duplicate').snapshot([]).broken()).toEqual(['G1 a 0 1 2 3 4'])
})

test('what was removed does not come back (G5)', () => {
  expect(removed().claim().broken()).toEqual(['G5 a 2 3 4 5'])
  expect(removed().snapshot([{}]).broken()).toEqual(['G5 a 2 3 4'])
  expect(removed().push().claim({ generation: 2 }).broken()).toEqual([])
})

test('what was seen to have ended does not come back (G5)', () => {
  const history = H().push().claim()
  history.lost('settle', { entries: [{ lease: lease(), settlement: completed }] })
  history.call('get', { ids: ['a'] }, [history.stored({ state: 'completed', claims: 1 })]).wait(LEASE_MS)
  const broken = history.claim({ claim: 2, recoveries: 1 }).broken()
  expect(broken.filter((text) => text.startsWith('G5'))).toEqual(['G5 a 6 7 8 9'])
  const done = H().push().claim().settle(1, completed, 'completed')
  expect(done.call('redrive', { ids: ['a'] }, [{ status: 'redriven' }]).broken()).toEqual(['G5 a 4 5 6 7'])
})

test('a delay counts also where the store said that the job is ready (G8)', () => {
  const early = H()
    .push()
    .claim()
    .settle(1, { ...retry, delayMs: 60_000 }, 'ready')
    .claim({ claim: 2, attempts: 1 })
  expect(early.broken()).toEqual(['G8 a 4 5 6 7'])
})

test('one lease is reaped once (G4)', () => {
  expect(H().push().claim().wait(LEASE_MS).reap(1).reap(1).broken()).toContain('G4 a 4 5 6 7')
})

test('a handler of an earlier life says nothing of the attempts of this one', () => {
  const dead = { type: 'dead', reason: 'attempts', error: '{}', retentionMs: HOUR } as const
  const history = H().push(noTrace).claim().settle(1, gone, 'completed').push().claim({ generation: 2 })
  const second = { ...lease(), fence: { generation: 2, claim: 1 } }
  history.start(1, { lease: second, maxAttempts: 1 }).start(1, { maxAttempts: 3 })
  history.add({ type: 'end', id: 'a', fence: second.fence, outcome: 'threw' })
  history.call('settle', { entries: [{ lease: second, settlement: dead }] }, [{ status: 'settled', state: 'dead' }])
  const job = { state: 'dead', deadReason: 'attempts', attempts: 1, claims: 1, generation: 2 } as const
  expect(
    history
      .snapshot([job])
      .broken()
      .filter((text) => text.startsWith('G7')),
  ).toEqual([])
})

test('a call without an input can be shown', () => {
  const history = H()
    .process('stopped')
    .call('workers', undefined as never, [])
    .history()
  expect(checkHistory(history).map(printViolation)).toHaveLength(1)
})

test('an id that was pushed a hundred thousand times can be checked', () => {
  const history = H().push()
  for (let times = 0; times < 150_000; times++) history.push({}, 'duplicate')
  expect(history.snapshot([]).broken()).toHaveLength(1)
})

test('a settlement without what belongs to its type is refused, with its line', () => {
  const text = formatHistory(H().push().claim().settle(1, gone, 'completed').history())
  expect(() => parseHistory(text.replace(',"retentionMs":0', ''))).toThrow(/^line 6: .*retentionMs must be a number/)
})
