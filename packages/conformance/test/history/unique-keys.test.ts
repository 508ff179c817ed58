import type { EnqueueOutcome, NewJob, StoredJob, UniqueKey } from '@goscheds/core'
import { describe, expect, test } from 'vitest'
import { aPush, claimInput, completed, HistoryBuilder, lease, LEASE_MS, retry } from './history-builder.js'

const unique = { key: 'ada', until: 'finished', onConflict: 'ignore' } as const
const untilStarted = { ...unique, until: 'started' } as const
const forASecond = { ...unique, until: { ttlMs: 1_000 } } as const
const HOUR = 3_600_000
const aHistory = (): HistoryBuilder => new HistoryBuilder()

/** A push of a job with a key, with what the answer says. */
function push(history: HistoryBuilder, job: Partial<NewJob>, answer: Partial<EnqueueOutcome> = {}): HistoryBuilder {
  const pushed = aPush({ unique, ...job })
  return history.call('enqueue', { jobs: [pushed] }, [{ status: 'added', id: pushed.id, ...answer } as EnqueueOutcome])
}

const held = (by: UniqueKey = unique): HistoryBuilder => push(aHistory(), { unique: by })
const alsoB = (history: HistoryBuilder, answer: Partial<EnqueueOutcome> = {}, by: UniqueKey = unique): HistoryBuilder =>
  push(history, { id: 'b', unique: by }, answer)
const about = (history: HistoryBuilder, guarantee = 'G12'): string[] =>
  history.broken().filter((text) => text.startsWith(`${guarantee} `))

describe('G12: a unique key has one holder', () => {
  test('a push that is added while another holds the key breaks it, whatever it asks for', () => {
    expect(alsoB(held()).broken()).toEqual(['G12 b 0 1 2 3'])
    expect(alsoB(held(), {}, untilStarted).broken()).toEqual(['G12 b 0 1 2 3'])
    expect(alsoB(held(untilStarted)).broken()).toEqual(['G12 b 0 1 2 3'])
    expect(alsoB(held(), {}, { ...unique, key: 'bo' }).broken()).toEqual([])
    expect(push(held(), { id: 'b', name: 'fax' }).broken()).toEqual([])
    expect(alsoB(held(), { status: 'duplicate', id: 'a' }).broken()).toEqual([])
  })

  test('pushes that were under way together may have come in any order, and one may not have come at all', () => {
    const history = aHistory()
    history.lost('enqueue', { jobs: [aPush({ unique })] })
    expect(alsoB(history).broken()).toEqual([])
  })

  test('a retry and a recovery keep the key, an end frees it', () => {
    const retried = (): HistoryBuilder =>
      held()
        .claim()
        .settle(1, { ...retry, delayMs: 9 }, 'scheduled')
    expect(alsoB(retried()).broken()).toEqual(['G12 b 0 1 6 7'])
    expect(alsoB(held().claim().wait(LEASE_MS).reap(1)).broken()).toEqual(['G12 b 0 1 6 7'])
    expect(alsoB(held().claim().settle(1, completed, 'completed')).broken()).toEqual([])
    const reaped = held().claim({ claim: 4, recoveries: 3 }).wait(LEASE_MS)
    expect(alsoB(reaped.reap(4, { outcome: 'dead', recoveries: 4 })).broken()).toEqual([])
  })

  test('a settlement, a reap or a remove that nobody heard of may have freed it', () => {
    const settled = held().claim()
    settled.lost('settle', { entries: [{ lease: lease(), settlement: completed }] })
    expect(alsoB(settled).broken()).toEqual([])
    const reaped = held().claim({ claim: 4, recoveries: 3 }).wait(LEASE_MS)
    reaped.lost('reap', { limit: 1, maxRecoveries: 3 })
    expect(alsoB(reaped).broken()).toEqual([])
    const again = held().call('remove', { ids: ['a'] }, [{ status: 'not-found' }])
    expect(alsoB(again).broken()).toEqual([])
    const active = held()
      .claim()
      .call('remove', { ids: ['a'] }, [{ status: 'active' }])
    expect(alsoB(active).broken()).toEqual(['G12 b 0 1 6 7'])
  })

  test('what is claimed while another runs under the key breaks it', () => {
    const parked = (): HistoryBuilder => alsoB(held().claim(), { status: 'queuedAgain', id: 'b' })
    const b = { id: 'b', generation: 2 }
    expect(parked().claim(b, 'w2').broken()).toEqual(['G12 b 0 1 6 7'])
    expect(parked().settle(1, completed, 'completed').claim(b, 'w2').broken()).toEqual([])
    expect(parked().wait(LEASE_MS).reap(1).claim({ claim: 2, recoveries: 1 }).broken()).toEqual([])
    const history = parked()
    const call = history.begin('settle', { entries: [{ lease: lease(), settlement: completed }] })
    history.claim(b, 'w2').answer(call, [{ status: 'settled', state: 'completed' }])
    expect(history.broken()).toEqual([])
  })

  test('what is redriven while another holds the key breaks it', () => {
    const dead = { type: 'dead', reason: 'attempts', error: '{}', retentionMs: HOUR } as const
    const other = (): HistoryBuilder => alsoB(held().claim().settle(1, dead, 'dead'))
    const redrive = (history: HistoryBuilder, status: 'redriven' | 'duplicate'): HistoryBuilder =>
      history.call('redrive', { ids: ['a'] }, [status === 'redriven' ? { status } : { status, id: 'b' }])
    expect(redrive(other(), 'redriven').broken()).toEqual(['G12 a 6 7 8 9'])
    expect(redrive(other(), 'duplicate').broken()).toEqual([])
  })

  test('a job that has started holds no key that it held until then', () => {
    expect(alsoB(held(untilStarted).claim(), {}, untilStarted).broken()).toEqual([])
    const unseen = held(untilStarted)
    unseen.lost('claim', claimInput())
    expect(alsoB(unseen, {}, untilStarted).broken()).toEqual([])
    const b = { id: 'b', generation: 2 }
    expect(about(alsoB(held(untilStarted), {}, untilStarted).claim(b))).toHaveLength(1)
  })

  test('a key that is held for a time outlives its job, and ends with its time', () => {
    const done = (waitMs: number): HistoryBuilder =>
      held(forASecond).claim().settle(1, completed, 'completed').wait(waitMs)
    expect(alsoB(done(999)).broken()).toEqual(['G12 b 0 1 6 7'])
    expect(alsoB(done(1_000)).broken()).toEqual([])
    const slow = done(999)
    const call = slow.begin('enqueue', { jobs: [aPush({ id: 'b', unique })] })
    expect(
      slow
        .wait(1)
        .answer(call, [{ status: 'added', id: 'b' }])
        .broken(),
    ).toEqual([])
    const replace = { ...forASecond, onConflict: 'replace' } as const
    const replaced = alsoB(held(forASecond), { status: 'replaced', replacedId: 'a' }, replace)
    expect(replaced.broken()).toEqual([])
    expect(push(replaced, { id: 'c' }).broken()).toEqual(['G12 c 2 3 4 5'])
  })

  test('one that comes back while the key is held for a time goes on without it', () => {
    const back = (): HistoryBuilder =>
      push(held(untilStarted).claim(), { id: 'b', unique: forASecond }).settle(1, retry, 'ready')
    expect(back().claim({ claim: 2, attempts: 1 }).broken()).toEqual([])
  })

  test('an expiry that nobody heard of may have freed it, in its time', () => {
    const expiring = (waitMs: number): HistoryBuilder =>
      push(aHistory(), { expiresAt: 500 }).wait(waitMs).call('claim', claimInput(), { jobs: [], more: false })
    expect(alsoB(expiring(499)).broken()).toEqual(['G12 b 0 1 4 5'])
    expect(alsoB(expiring(500)).broken()).toEqual([])
  })

  test('an id that was used again without the key says nothing of it', () => {
    const history = alsoB(held(), { status: 'duplicate', id: 'a' }).push({ id: 'b' })
    expect(history.claim().claim({ id: 'b', generation: 2 }).broken()).toEqual([])
  })
})

describe('G12: a push is refused for the holder of its key', () => {
  const refused = (history: HistoryBuilder, status: 'duplicate' | 'rescheduled' = 'duplicate'): string[] =>
    about(alsoB(history, { status, id: 'a' }))

  test('a key that outlives the end of its holder breaks it', () => {
    expect(refused(held().claim().settle(1, completed, 'completed'))).toEqual(['G12 b 4 5 6 7'])
    expect(refused(held().claim())).toEqual([])
    const perhaps = held().claim()
    perhaps.lost('settle', { entries: [{ lease: lease(), settlement: completed }] })
    expect(refused(perhaps)).toEqual([])
    expect(
      refused(
        push(
          held()
            .claim()
            .settle(1, { ...completed, retentionMs: 0 }, 'completed'),
          {},
        ),
      ),
    ).toEqual([])
  })

  test('a key that is held until a start outlives that only if its holder came back', () => {
    expect(refused(held(untilStarted).claim())).toEqual(['G12 b 2 3 4 5'])
    expect(refused(held(untilStarted).claim().settle(1, retry, 'ready'))).toEqual([])
    expect(refused(held(untilStarted).claim().wait(LEASE_MS))).toEqual([])
  })

  test('a key that is held for a time must not be held for longer', () => {
    expect(refused(held(forASecond).wait(1_001))).toEqual(['G12 b 0 1 2 3'])
    expect(refused(held(forASecond).wait(1_000))).toEqual([])
  })

  test('one that never asked for the key does not hold it', () => {
    expect(refused(aHistory().push())).toEqual(['G12 b 0 1 2 3'])
    expect(refused(aHistory().push({}, 'duplicate'))).toEqual([])
    expect(refused(aHistory())).toEqual([])
  })
})

describe('what a push does to the holder of its key', () => {
  const debounce = { ...untilStarted, onConflict: 'reschedule' } as const
  const replace = { ...unique, onConflict: 'replace' } as const
  const later = { unique: debounce, delayMs: 500 }

  test('a holder that was rescheduled has another time and generation', () => {
    const moved = (): HistoryBuilder => {
      const history = push(aHistory(), later).wait(400)
      return push(history, { id: 'b', ...later }, { status: 'rescheduled', id: 'a' }).wait(500)
    }
    expect(moved().claim({ generation: 2, executeAt: 900, claimedAt: 900 }).broken()).toEqual([])
    expect(about(moved().claim({ id: 'b', generation: 2, executeAt: 900, claimedAt: 900 }), 'G1')).toHaveLength(1)
  })

  test('a push whose reply was lost may have rescheduled it', () => {
    const history = push(aHistory(), later).wait(400)
    history.lost('enqueue', { jobs: [aPush({ id: 'b', ...later })] })
    expect(history.wait(500).claim({ generation: 2, executeAt: 900, claimedAt: 900 }).broken()).toEqual([])
    const ignoring = push(aHistory(), later).wait(400)
    ignoring.lost('enqueue', { jobs: [aPush({ id: 'b', delayMs: 500, unique: untilStarted })] })
    ignoring.wait(500).claim({ generation: 2, executeAt: 900, claimedAt: 900 })
    expect(about(ignoring, 'G1')).toEqual(['G1 a 0 1 4 5'])
  })

  test('a holder that was replaced is gone, perhaps by a push whose reply was lost, and does not come back', () => {
    const replaced = { status: 'replaced', replacedId: 'a' } as Partial<EnqueueOutcome>
    const b = [{ id: 'b', unique: replace, generation: 2 }]
    expect(alsoB(held(), replaced, replace).snapshot(b).broken()).toEqual([])
    expect(about(alsoB(held(), replaced, replace).claim(), 'G5')).toEqual(['G5 a 2 3 4 5'])
    for (const by of [replace, { ...unique, onConflict: 'runAgain' } as const]) {
      const history = held()
      history.lost('enqueue', { jobs: [aPush({ id: 'b', unique: by })] })
      expect(about(history.snapshot([]), 'G1')).toHaveLength(by === replace ? 0 : 1)
    }
  })

  test('a repeat that finds itself there may have replaced another the first time', () => {
    const history = held()
    history.lost('enqueue', { jobs: [aPush({ id: 'b', unique: replace })] })
    alsoB(history, { status: 'duplicate', id: 'b' }, replace)
    expect(history.snapshot([{ id: 'b', unique: replace, generation: 2 }]).broken()).toEqual([])
    const twice = alsoB(held(), { status: 'duplicate', id: 'b' }, replace)
    expect(twice.snapshot([{ id: 'b', unique: replace, generation: 2 }]).broken()).toEqual([])
  })

  test('a job that was refused is not lost, and must not be there', () => {
    const refused = (): HistoryBuilder => alsoB(held(), { status: 'duplicate', id: 'a' })
    expect(refused().snapshot([{ unique }]).broken()).toEqual([])
    const both = [{ unique }, { id: 'b', unique, state: 'completed' }] as const
    expect(about(refused().snapshot(both), 'G1')).toEqual(['G1 b 4'])
  })

  test('a parked job that is gone is lost', () => {
    const parked = alsoB(held().claim(), { status: 'queuedAgain', id: 'b' })
    expect(parked.snapshot([{ unique, state: 'active', claims: 1 }]).broken()).toEqual(['G1 b 4 5 6'])
  })

  test('a recovered job may be parked, and counts its recovery', () => {
    const parked = (recoveries: number): HistoryBuilder =>
      held(untilStarted).claim().wait(LEASE_MS).reap(1, { outcome: 'parked', recoveries })
    expect(parked(1).claim({ claim: 2, recoveries: 1 }).broken()).toEqual([])
    expect(about(parked(1).claim({ claim: 2, recoveries: 0 }), 'G18')).toHaveLength(1)
    expect(about(parked(4), 'G18')).toHaveLength(2)
  })

  test('one that was parked may run before its delay, where another may have held its key', () => {
    const back = (history: HistoryBuilder): HistoryBuilder =>
      history.claim().settle(1, { ...retry, delayMs: 60_000 }, 'scheduled')
    const again = { claim: 2, attempts: 1 }
    expect(about(back(held(untilStarted)).claim(again), 'G8')).toEqual(['G8 a 4 5 6 7'])
    const other = alsoB(back(held(untilStarted)), {}, untilStarted)
    expect(other.claim({ id: 'b', generation: 2 }).claim(again).broken()).toEqual([])
  })
})

describe('G12: the holders of a key in a snapshot', () => {
  const seen = (...jobs: Partial<StoredJob>[]): string[] =>
    about(aHistory().snapshot(jobs.map((job, index) => ({ id: `j${index}`, unique, ...job }))))
  const parked = { state: 'scheduled' } as const
  const later = { state: 'scheduled', dueAt: 9 } as const

  test('two break it', () => {
    expect(seen({ state: 'ready' }, { state: 'active' })).toEqual(['G12 j1 0'])
    expect(seen(later, { unique: untilStarted })).toEqual(['G12 j1 0'])
    expect(seen({ state: 'active' }, { state: 'completed' }, { name: 'fax' })).toEqual([])
    expect(seen({ state: 'active', unique: untilStarted }, { unique: untilStarted })).toEqual([])
    expect(seen({ unique: forASecond }, { state: 'ready' })).toEqual([])
  })

  test('one that came back while the key was held for a time may be without it', () => {
    const back = { unique: untilStarted, claims: 1 }
    expect(seen(back, { state: 'ready' })).toEqual(['G12 j1 0'])
    expect(seen(back, { state: 'ready' }, { unique: forASecond })).toEqual([])
  })

  test('a parked job without one breaks it', () => {
    expect(seen(parked, { state: 'active' })).toEqual([])
    expect(seen({ ...parked, unique: untilStarted }, { ...parked, unique: untilStarted }, later)).toEqual([])
    expect(seen(parked, { state: 'active', unique: untilStarted })).toEqual(['G12 j0 0'])
    expect(seen(parked, { unique: forASecond })).toEqual(['G12 j0 0'])
  })

  test('two successors break it', () => {
    expect(seen(parked, parked, { state: 'active' })).toEqual(['G12 j1 0'])
  })
})
