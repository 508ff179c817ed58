import { describe, expect, test } from 'vitest'
import { claimInput, HistoryBuilder, lease, LEASE_MS, retry } from './history-builder.js'

const aHistory = (): HistoryBuilder => new HistoryBuilder()
const claimed = (): HistoryBuilder => aHistory().push().claim()
const reaped = (): HistoryBuilder => claimed().wait(LEASE_MS).reap(1)

describe('G6: claims and attempts are counted', () => {
  test('a claim number that jumps breaks it, though a claim whose reply was lost explains a gap', () => {
    expect(reaped().claim({ claim: 2, recoveries: 1 }).broken()).toEqual([])
    expect(reaped().claim({ claim: 3, recoveries: 1 }).broken()).toEqual(['G6 a 2 3 6 7'])
    const history = reaped()
    history.lost('claim', claimInput())
    expect(history.wait(LEASE_MS).claim({ claim: 3, recoveries: 2 }).broken()).toEqual([])
  })

  test('a first claim that is not number 1 breaks it', () => {
    expect(aHistory().push().claim({ claim: 2 }).broken()).toEqual(['G6 a 2 3'])
    const history = aHistory().push()
    history.lost('claim', claimInput())
    expect(history.wait(LEASE_MS).claim({ claim: 2, recoveries: 1 }).broken()).toEqual([])
  })

  test('a fence that is lower than one before it breaks it', () => {
    const history = aHistory().push().claim({ claim: 2, recoveries: 1 }).wait(LEASE_MS).claim({ claim: 1 })
    expect(history.broken()).toContain('G6 a 2 3 4 5')
  })

  test('the count goes on over a reschedule, and begins again with a new job of the id', () => {
    const back = (): HistoryBuilder => claimed().settle(1, { ...retry, delayMs: 60_000 }, 'scheduled')
    const moved = back().call('reschedule', { entries: [{ id: 'a', delayMs: 0 }] }, [
      { status: 'rescheduled', state: 'ready' },
    ])
    expect(moved.claim({ claim: 2, generation: 2, attempts: 1 }).broken()).toEqual([])
    expect(back().wait(60_000).claim({ claim: 2, generation: 2, attempts: 1 }).broken()).toEqual(['G6 a 2 3 6 7'])
    const gone = { type: 'completed', retentionMs: 0 } as const
    expect(claimed().settle(1, gone, 'completed').push().claim({ generation: 2 }).broken()).toEqual([])
  })

  test('a retry that is not counted breaks it, and so does one that never was', () => {
    const retried = (): HistoryBuilder => claimed().settle(1, retry, 'ready')
    expect(retried().claim({ claim: 2, attempts: 1 }).broken()).toEqual([])
    expect(retried().claim({ claim: 2, attempts: 0 }).broken()).toEqual(['G6 a 2 3 6 7'])
    const released = claimed().settle(1, { type: 'released', delayMs: 0 }, 'ready')
    expect(released.claim({ claim: 2, attempts: 1 }).broken()).toEqual(['G6 a 2 3 6 7'])
    expect(reaped().claim({ claim: 2, attempts: 1, recoveries: 1 }).broken()).toEqual(['G6 a 2 3 6 7'])
  })

  test('a retry whose reply was lost may count or not', () => {
    for (const tally of [{ attempts: 1 }, { recoveries: 1 }]) {
      const history = claimed()
      history.lost('settle', { entries: [{ lease: lease(), settlement: retry }] })
      expect(
        history
          .wait(LEASE_MS)
          .claim({ claim: 2, ...tally })
          .broken(),
      ).toEqual([])
    }
  })

  test('a redrive begins anew', () => {
    const dead = { type: 'dead', reason: 'attempts', error: '{}', retentionMs: 60_000 } as const
    const history = claimed()
      .settle(1, dead, 'dead')
      .call('redrive', { ids: ['a'] }, [{ status: 'redriven' }])
    expect(history.claim({ claim: 2 }).broken()).toEqual([])
  })

  test('an attempt above the most that the job may have breaks it', () => {
    expect(claimed().start(1, { attempt: 3 }).broken()).toEqual([])
    expect(claimed().start(1, { attempt: 4 }).broken()).toEqual(['G6 a 4'])
  })
})

describe('G18: what is recovered too often ends as dead', () => {
  const tired = (): HistoryBuilder => aHistory().push().claim({ claim: 4, recoveries: 3 }).wait(LEASE_MS)

  test('a job that goes on after its last recovery breaks it', () => {
    expect(tired().reap(4, { outcome: 'dead', recoveries: 4 }).broken()).toEqual([])
    expect(tired().reap(4, { outcome: 'cancelled', recoveries: 4 }).broken()).toEqual([])
    expect(tired().reap(4, { outcome: 'ready', recoveries: 4 }).broken()).toEqual(['G18 a 4 5'])
  })

  test('a job that ends before its last recovery breaks it', () => {
    expect(claimed().wait(LEASE_MS).reap(1, { outcome: 'dead' }).broken()).toEqual(['G18 a 4 5'])
  })

  test('a reap that does not count breaks it', () => {
    expect(claimed().wait(LEASE_MS).reap(1, { recoveries: 0 }).broken()).toEqual(['G18 a 2 3 4 5'])
    expect(reaped().claim({ claim: 2, recoveries: 0 }).broken()).toEqual(['G18 a 2 3 6 7'])
  })

  test('a claim with more recoveries than there may be breaks it', () => {
    expect(aHistory().push().claim({ claim: 5, recoveries: 4 }).broken()).toEqual(['G18 a 2 3'])
    const patient = new HistoryBuilder({ maxRecoveries: 9 }).push().claim({ claim: 5, recoveries: 4 })
    expect(patient.broken()).toEqual([])
  })

  test('a job that is dead for recoveries it did not have breaks it', () => {
    const dead = { state: 'dead', deadReason: 'recoveries', claims: 1 } as const
    expect(
      claimed()
        .snapshot([{ ...dead, recoveries: 3 }])
        .broken(),
    ).toEqual(['G18 a 4'])
    expect(
      claimed()
        .snapshot([{ ...dead, recoveries: 4 }])
        .broken(),
    ).toEqual([])
  })
})
