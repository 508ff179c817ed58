import type { NewJob } from '@goscheds/core'
import { describe, expect, test } from 'vitest'
import { aPush, claimInput, completed, HistoryBuilder, lease, retry } from './history-builder.js'

const aHistory = (): HistoryBuilder => new HistoryBuilder()

describe('G8: never early', () => {
  test('a claim before the job is due breaks it', () => {
    const pushed = (): HistoryBuilder => aHistory().push({ executeAt: 1_000 })
    const executeAt = 1_000
    expect(pushed().wait(999).claim({ executeAt }).broken()).toEqual(['G8 a 2 3'])
    expect(pushed().wait(1_000).claim({ executeAt }).broken()).toEqual([])
    expect(pushed().wait(999).claim({ executeAt, claimedAt: 1_000 }).broken()).toEqual(['G8 a 2 3'])
  })

  test('a claim may take effect as late as its answer', () => {
    const history = aHistory().push({ executeAt: 1_000 }).wait(999)
    const call = history.begin('claim', claimInput())
    const jobs = [history.wait(1).claimed({ executeAt: 1_000 })]
    expect(history.answer(call, { jobs, more: false }).broken()).toEqual([])
  })

  test('a handler that begins before the job is due breaks it', () => {
    expect(aHistory().wait(9).start(1, { executeAt: 10 }).broken()).toEqual(['G8 a 0'])
    expect(aHistory().wait(10).start(1, { executeAt: 10 }).broken()).toEqual([])
  })

  test('a claim before the delay of a retry has passed breaks it', () => {
    const retried = (): HistoryBuilder =>
      aHistory()
        .push()
        .claim()
        .settle(1, { ...retry, delayMs: 500 }, 'scheduled')
    const again = { claim: 2, attempts: 1 }
    expect(retried().wait(499).claim(again).broken()).toEqual(['G8 a 4 5 6 7'])
    expect(retried().wait(500).claim(again).broken()).toEqual([])
  })

  test('a reschedule, acknowledged or perhaps, may have made it due', () => {
    const history = aHistory()
      .push()
      .claim()
      .settle(1, { ...retry, delayMs: 500 }, 'scheduled')
    history.lost('reschedule', { entries: [{ id: 'a', delayMs: 0 }] })
    expect(history.claim({ claim: 2, generation: 2, attempts: 1 }).broken()).toEqual([])
  })

  test('a settlement that is slow to be answered may have begun its delay at its call', () => {
    const history = aHistory().push().claim()
    const settlement = { ...retry, delayMs: 500 }
    const call = history.begin('settle', { entries: [{ lease: lease(), settlement }] })
    history.wait(500).answer(call, [{ status: 'settled', state: 'scheduled' }])
    expect(history.claim({ claim: 2, attempts: 1 }).broken()).toEqual([])
  })
})

describe('G9: not late while all is healthy, where that is asked for', () => {
  const begun = (lateMs: number): HistoryBuilder =>
    aHistory().add({ type: 'healthy' }).push().claim().wait(lateMs).start()

  test('a first handler that begins too late breaks it', () => {
    expect(begun(101).broken({ maxLatenessMs: 100 })).toEqual(['G9 a 0 1 2 5'])
    expect(begun(100).broken({ maxLatenessMs: 100 })).toEqual([])
    expect(begun(101).broken()).toEqual([])
  })

  test('what was late before counts from the moment of health', () => {
    const history = aHistory().push().wait(5_000).add({ type: 'healthy' }).claim().wait(100).start()
    expect(history.broken({ maxLatenessMs: 100 })).toEqual([])
    expect(aHistory().push().wait(5_000).claim().start().broken({ maxLatenessMs: 100 })).toEqual([])
  })
})

describe('G9: a parked job', () => {
  test('is late by the job that holds its key', () => {
    const unique = { key: 'ada', until: 'finished', onConflict: 'runAgain' } as const
    const late = (status: 'added' | 'queuedAgain'): string[] =>
      aHistory()
        .add({ type: 'healthy' })
        .call('enqueue', { jobs: [aPush({ unique })] }, [{ status, id: 'a' }])
        .wait(500)
        .claim()
        .start()
        .broken({ maxLatenessMs: 100 })
    expect(late('queuedAgain')).toEqual([])
    expect(late('added')).toHaveLength(1)
  })
})

describe('G10: first in, first out', () => {
  const pushed = (b: Partial<NewJob> = {}, header = {}): HistoryBuilder =>
    new HistoryBuilder(header).push().push({ id: 'b', ...b })
  const backwards = (history: HistoryBuilder): string[] => history.claim({ id: 'b' }).claim().broken()

  test('a job that is claimed after one that was pushed later breaks it', () => {
    expect(backwards(pushed())).toEqual(['G10 a 0 1 2 3 4 5 6 7'])
    expect(pushed().claim().claim({ id: 'b' }).broken()).toEqual([])
  })

  test('the order in one push and in one claim counts as well', () => {
    const jobs = [aPush(), aPush({ id: 'b' })]
    const added = jobs.map(({ id }) => ({ status: 'added', id }) as const)
    const inOneCall = (): HistoryBuilder => aHistory().call('enqueue', { jobs }, added)
    expect(backwards(inOneCall())).toEqual(['G10 a 0 1 2 3 4 5'])
    for (const [history, trace] of [
      [inOneCall(), '0 1 2 3'],
      [pushed(), '0 1 2 3 4 5'],
    ] as const) {
      const handed = [history.claimed({ id: 'b' }), history.claimed()]
      expect(history.call('claim', claimInput(), { jobs: handed, more: false }).broken()).toEqual([`G10 a ${trace}`])
    }
  })

  test('pushes that were under way together may have come in any order', () => {
    const history = aHistory()
    const call = history.begin('enqueue', { jobs: [aPush()] })
    history.push({ id: 'b' }).answer(call, [{ status: 'added', id: 'a' }])
    expect(backwards(history)).toEqual([])
  })

  test('claims that were under way together may have come in any order', () => {
    const history = pushed()
    const call = history.begin('claim', claimInput('w2'))
    history.claim({ id: 'b' }).answer(call, { jobs: [history.claimed()], more: false })
    expect(history.broken()).toEqual([])
  })

  test('a job that was not due, or was moved, or claimed before, has another place', () => {
    const later = aHistory().push({ delayMs: 5 }).push({ id: 'b' }).wait(5)
    expect(later.claim({ id: 'b' }).claim({ executeAt: 5 }).broken()).toEqual([])
    const moved = pushed().call('reschedule', { entries: [{ id: 'a', delayMs: 0 }] }, [
      { status: 'rescheduled', state: 'ready' },
    ])
    expect(moved.claim({ id: 'b' }).claim({ generation: 2 }).broken()).toEqual([])
    expect(pushed().claim({ id: 'b' }).claim({ claim: 2, recoveries: 1 }).broken()).toEqual([])
    expect(backwards(pushed({ name: 'fax' }))).not.toContain('G10 a 0 1 2 3 4 5 6 7')
  })

  test('it counts within a priority only', () => {
    expect(backwards(aHistory().push({ priority: 5 }).push({ id: 'b', priority: 5 }))).toHaveLength(1)
    expect(backwards(aHistory().push({ priority: 5 }).push({ id: 'b' }))).toEqual([])
    expect(backwards(aHistory().push({ priority: 0 }).push({ id: 'b' }))).toHaveLength(1)
  })

  test('the one of another priority whose turn it is may come between', () => {
    const history = aHistory()
    const ids = Array.from({ length: 17 }, (_, index) => `n${index}`)
    for (const id of ids) history.push({ id })
    history.push({ id: 'low', priority: 9 })
    const order = [...ids.slice(0, 15), 'low', ...ids.slice(15)]
    for (const id of order) history.claim({ id })
    expect(history.broken()).toEqual([])
  })

  test('a parked job is ready when its key frees, and not when it was pushed', () => {
    const unique = { key: 'ada', until: 'finished', onConflict: 'runAgain' } as const
    const history = aHistory().push({ id: 'x', unique }).claim({ id: 'x' })
    const queued = [{ status: 'queuedAgain', id: 'a' }] as const
    history
      .call('enqueue', { jobs: [aPush({ unique })] }, queued)
      .push({ id: 'b' })
      .claim({ id: 'b' })
    const entries = [{ lease: lease(1, 'x'), settlement: completed }]
    history.call('settle', { entries }, [{ status: 'settled', state: 'completed' }])
    expect(history.claim({ generation: 2 }).broken()).toEqual([])
  })

  test('another worker that waits may have had it set aside', () => {
    const waits = (worker: string, header: object): HistoryBuilder =>
      pushed({}, header).call('waitForReady', { name: 'email', worker, timeoutMs: 5_000 }, undefined)
    expect(backwards(waits('w2', { setsAside: true }))).toEqual([])
    expect(backwards(waits('w', { setsAside: true }))).toHaveLength(1)
    expect(backwards(waits('w2', { setsAside: false }))).toHaveLength(1)
  })
})
