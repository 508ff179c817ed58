import { expect, test } from 'vitest'
import { checkHistory, printViolation } from '../../src/history/index.js'
import { aPush, claimInput, HistoryBuilder } from './history-builder.js'

test('a violation is printed with its trace, an event on each line, and of a batch the one job only', () => {
  const history = new HistoryBuilder().wait(100).push()
  const jobs = [history.claimed({ id: 'other' }), history.claimed({ enqueuedAt: 100, executeAt: 100 })]
  history.wait(50).call('claim', claimInput(), { jobs, more: false })
  history.wait(1_000).reap(1)
  const [violation] = checkHistory(history.history())
  expect(violation && printViolation(violation)).toBe(
    [
      'G3 a: it was reaped at 1150 at the latest, while its lease was valid until 10150 at the least',
      '  #2  +0 ms  w  calls claim (call 1) {"name":"email","worker":"w","limit":10,"leaseMs":10000}',
      '  #3  +0 ms  w  is answered (call 1) {"jobs":[{"id":"a","name":"email","payload":"{}","options":"",' +
        '"fence":{"generation":1,"claim":1},"executeAt":100,"enqueuedAt":100,"claimedAt":100,"attempts":0,' +
        '"recoveries":0}],"more":false}',
      '  #4  +1000 ms  s  calls reap (call 2) {"limit":10,"maxRecoveries":3}',
      '  #5  +1000 ms  s  is answered (call 2) {"reaped":[{"id":"a","name":"email",' +
        '"fence":{"generation":1,"claim":1},"outcome":"ready","recoveries":1}],"returned":0,"expired":[]}',
    ].join('\n'),
  )
})

test('an outcome is found by the place of the job in the batch', () => {
  const history = new HistoryBuilder().push().claim().settle(1, { type: 'released', delayMs: 0 }, 'ready')
  const leases = ['other', 'a'].map((id) => ({ id, name: 'email', fence: { generation: 1, claim: 1 } }))
  history.call('extend', { leases, leaseMs: 10 }, ['lost', 'held'])
  const [violation] = checkHistory(history.history())
  const lines = (violation === undefined ? '' : printViolation(violation)).split('\n')
  expect(lines[0]).toBe('G4 a: a lease was extended that was over')
  expect(lines.at(-1)).toBe('  #7  +0 ms  w  is answered (call 3) ["held"]')
})

test('of the push that replaced it, the answer is shown', () => {
  const unique = { key: 'ada', until: 'finished', onConflict: 'replace' } as const
  const history = new HistoryBuilder().push({ unique })
  const answers = [
    { status: 'added', id: 'other' },
    { status: 'replaced', id: 'b', replacedId: 'a' },
  ] as const
  history.call('enqueue', { jobs: [aPush({ id: 'other' }), aPush({ id: 'b', unique })] }, answers).claim()
  const text = checkHistory(history.history()).map(printViolation).join('\n')
  expect(text).toContain('G5 a: it had ended as removed, and then it was claimed')
  expect(text).toContain('is answered (call 1) [{"status":"replaced","id":"b","replacedId":"a"}]')
})

test('the other events are printed as what they are', () => {
  const history = new HistoryBuilder().process('stopped', { role: 'worker' }).start()
  const [violation] = checkHistory(history.history())
  expect(violation && printViolation(violation)).toBe(
    [
      'G16 a: w began a handler after its stop',
      '  #0  +0 ms  w  stopped {"what":"stopped","role":"worker"}',
      '  #1  +0 ms  w  handler begins {"lease":{"id":"a","name":"email","fence":{"generation":1,"claim":1}},' +
        '"attempt":1,"maxAttempts":3,"executeAt":0}',
    ].join('\n'),
  )
})

test('a long detail is cut', () => {
  const payload = 'x'.repeat(5_000)
  const history = new HistoryBuilder().push({ payload }).snapshot([])
  const [violation] = checkHistory(history.history())
  expect(violation && printViolation(violation).length).toBeLessThan(1_000)
})
