import { describe, expect, test } from 'vitest'
import { aPush, claimInput, HistoryBuilder } from './history-builder.js'

const unique = { key: 'ada', until: 'finished', onConflict: 'ignore' } as const
const aHistory = (): HistoryBuilder => new HistoryBuilder()

describe('G17: an answer may name the holder of a unique key', () => {
  const holder = aPush({ id: 'a', unique })
  const other = aPush({ id: 'b', unique })

  test.each(['duplicate', 'rescheduled'] as const)('when it is %s', (status) => {
    const held = (): HistoryBuilder => aHistory().call('enqueue', { jobs: [holder] }, [{ status: 'added', id: 'a' }])
    expect(
      held()
        .call('enqueue', { jobs: [other] }, [{ status, id: 'a' }])
        .broken(),
    ).toEqual([])
    const plain = aPush({ id: 'b' })
    expect(
      held()
        .call('enqueue', { jobs: [plain] }, [{ status, id: 'a' }])
        .broken(),
    ).toEqual(['G17 b 2 3'])
  })

  test('when a redrive finds it held, and in no other answer', () => {
    const redrive = (status: 'duplicate' | 'redriven'): string[] =>
      aHistory()
        .call('redrive', { ids: ['b'] }, [{ status, id: 'a' }])
        .broken()
    expect(redrive('duplicate')).toEqual([])
    expect(redrive('redriven')).toEqual(['G17 b 0 1'])
    const added = aHistory().call('enqueue', { jobs: [other] }, [{ status: 'added', id: 'a' }])
    expect(added.broken()).toContain('G17 b 0 1')
  })
})

describe('G13: what is paused', () => {
  test('is not handed out, though the answer to a pause is empty', () => {
    const history = aHistory().push().call('setPaused', { paused: true }, undefined, 'o')
    const claimed = { jobs: [history.claimed()], more: false }
    expect(history.call('claim', claimInput(), claimed).broken()).toEqual(['G13 a 2 3 4 5'])
  })
})

describe('G12: a parked job', () => {
  const parked = { id: 'b', state: 'scheduled', unique } as const
  const pushed = (key = 'bo'): HistoryBuilder =>
    aHistory()
      .push({ id: 'b', unique })
      .push({ id: 'c', delayMs: 9_000, unique: { ...unique, key } })
  const later = { id: 'c', state: 'scheduled', executeAt: 9_000, dueAt: 9_000 } as const

  test('waits for a job that holds its key', () => {
    const bob = { ...later, unique: { ...unique, key: 'bo' } }
    expect(pushed().snapshot([parked, bob], true).broken()).toEqual(['G12 b 4'])
    expect(pushed().snapshot([parked, bob]).broken()).toEqual(['G12 b 4'])
    expect(
      pushed('ada')
        .snapshot([parked, { ...later, unique }], true)
        .broken(),
    ).not.toContain('G12 b 4')
    const ended = { ...later, state: 'cancelled', unique } as const
    expect(pushed().snapshot([parked, ended], true).broken()).toContain('G12 b 4')
  })
})

describe('G12: a job whose id was asked for before', () => {
  test('with a key, and was pushed without one, has none', () => {
    const history = aHistory().push({ id: 'a', unique }).push({ id: 'b', unique }, 'duplicate').push({ id: 'b' })
    expect(history.claim({ id: 'a' }).claim({ id: 'b', generation: 2 }).broken()).toEqual([])
    const both = aHistory().push({ id: 'a', unique }).push({ id: 'b', unique }, 'duplicate').push({ id: 'b', unique })
    expect(both.broken()).toEqual(['G12 b 0 1 4 5'])
  })
})
