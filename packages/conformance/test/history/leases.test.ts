import { describe, expect, test } from 'vitest'
import { claimInput, completed, HistoryBuilder, lease, LEASE_MS, retry } from './history-builder.js'

const aHistory = (): HistoryBuilder => new HistoryBuilder()
const pushedAndClaimed = (): HistoryBuilder => aHistory().push().claim()

describe('G3: a lease excludes others while it is valid', () => {
  const second = { claim: 2, recoveries: 1 }

  test('a second claim within the lease breaks it, and the trace is the two claims', () => {
    expect(pushedAndClaimed().wait(9_999).claim(second).broken()).toEqual(['G3 a 2 3 4 5'])
  })

  test('a second claim at the deadline does not', () => {
    expect(pushedAndClaimed().wait(LEASE_MS).claim(second).broken()).toEqual([])
  })

  test('a lease that was extended is valid for longer, and the trace names the last extension', () => {
    const extended = pushedAndClaimed().wait(1_000).extend().wait(4_000).extend()
    expect(extended.wait(9_999).claim(second).broken()).toEqual(['G3 a 2 3 6 7 8 9'])
    expect(extended.history().events).toHaveLength(10)
    expect(pushedAndClaimed().wait(5_000).extend().wait(LEASE_MS).claim(second).broken()).toEqual([])
  })

  test('an extension whose reply was lost may not have happened', () => {
    const history = pushedAndClaimed().wait(5_000)
    history.lost('extend', { leases: [lease()], leaseMs: LEASE_MS })
    expect(history.wait(5_000).claim(second).broken()).toEqual([])
  })

  test('a shorter extension whose reply was lost may have come last', () => {
    const history = pushedAndClaimed().wait(5_000).extend()
    history.lost('extend', { leases: [lease()], leaseMs: 100 })
    expect(history.wait(100).claim(second).broken()).toEqual([])
  })

  test('a claim that is slow to be answered may have begun with its call', () => {
    const history = aHistory().push()
    const call = history.begin('claim', claimInput())
    history.wait(3_000).answer(call, { jobs: [history.claimed({ claimedAt: 3_000 })], more: false })
    expect(
      history
        .wait(LEASE_MS - 3_000)
        .claim(second)
        .broken(),
    ).toEqual([])
  })

  test('the reaper must not end a valid lease', () => {
    expect(pushedAndClaimed().wait(9_999).reap(1).broken()).toEqual(['G3 a 2 3 4 5'])
    expect(pushedAndClaimed().wait(LEASE_MS).reap(1).broken()).toEqual([])
  })

  test('a settlement, acknowledged or perhaps, frees the job before the deadline', () => {
    const settled = pushedAndClaimed().wait(1).settle(1, retry, 'ready')
    expect(settled.claim({ claim: 2, attempts: 1 }).broken()).toEqual([])
    const perhaps = pushedAndClaimed().wait(1)
    perhaps.lost('settle', { entries: [{ lease: lease(), settlement: retry }] })
    expect(perhaps.claim({ claim: 2, attempts: 1 }).broken()).toEqual([])
  })

  test('a job handed to two workers under one fence breaks it, and the claim number with it', () => {
    expect(pushedAndClaimed().claim({}, 'w2').broken()).toEqual(['G3 a 2 3 4 5', 'G6 a 2 3 4 5'])
  })

  test('two handlers at once under one valid lease break it', () => {
    expect(pushedAndClaimed().start().start(1, {}, 'w2').broken()).toEqual(['G3 a 2 3 4 5'])
    expect(pushedAndClaimed().start().end().start().broken()).toEqual([])
    expect(pushedAndClaimed().start().wait(LEASE_MS).start(1, {}, 'w2').broken()).toEqual([])
  })
})

describe('G4: a lease that is over changes nothing', () => {
  const reaped = (): HistoryBuilder => pushedAndClaimed().wait(LEASE_MS).reap(1)

  test('a settlement that is taken after the reap breaks it', () => {
    expect(reaped().settle(1, retry, 'ready').broken()).toEqual(['G4 a 4 5 6 7'])
    expect(reaped().settle(1, retry, 'lost').broken()).toEqual([])
  })

  test('a settlement and a reap of one lease break it, in whatever order they came', () => {
    const history = pushedAndClaimed().wait(LEASE_MS)
    const call = history.begin('settle', { entries: [{ lease: lease(), settlement: retry }] })
    history.reap(1).answer(call, [{ status: 'settled', state: 'ready' }])
    expect(history.broken()).toEqual(['G4 a 4 5 6 7'])
  })

  test('a settlement that is taken after a later claim breaks it', () => {
    const history = pushedAndClaimed().wait(LEASE_MS).claim({ claim: 2, recoveries: 1 })
    expect(history.settle(1, completed, 'completed').broken()).toEqual(['G4 a 4 5 6 7'])
  })

  test('a settlement may come before a later claim that was under way', () => {
    const history = pushedAndClaimed().wait(LEASE_MS)
    const call = history.begin('claim', claimInput('w2'), 'w2')
    history.settle(1, retry, 'ready').answer(call, { jobs: [history.claimed({ claim: 2, attempts: 1 })], more: false })
    expect(history.broken()).toEqual([])
  })

  test('an extension that is granted after the settlement breaks it', () => {
    const settled = pushedAndClaimed().settle(1, retry, 'ready')
    expect(settled.extend(1, 'held').broken()).toEqual(['G4 a 4 5 6 7'])
    expect(pushedAndClaimed().settle(1, retry, 'ready').extend(1, 'lost').broken()).toEqual([])
  })

  test('a lease that is settled twice breaks it', () => {
    const history = pushedAndClaimed().settle(1, retry, 'ready')
    expect(history.settle(1, retry, 'ready').broken()).toEqual(['G4 a 4 5 6 7'])
  })
})
