import type { StoredJob } from '@goscheds/core'
import { describe, expect, test } from 'vitest'
import { aPush, claimInput, completed, HistoryBuilder, lease, LEASE_MS } from './history-builder.js'

const HOUR = 3_600_000
const aHistory = (): HistoryBuilder => new HistoryBuilder()
const noTrace = { retention: { completedMs: 0, deadMs: 0 } }
const gone = { type: 'completed', retentionMs: 0 } as const

describe('G1: no acknowledged job is lost', () => {
  test('one that is gone though nothing ended it is lost', () => {
    expect(aHistory().push().snapshot([]).broken()).toEqual(['G1 a 0 1 2'])
    expect(
      aHistory()
        .push()
        .snapshot([{ id: 'a' }])
        .broken(),
    ).toEqual([])
  })

  test('one that was never acknowledged is not', () => {
    const history = aHistory()
    history.lost('enqueue', { jobs: [aPush()] })
    expect(history.snapshot([]).broken()).toEqual([])
    expect(aHistory().push({}, 'duplicate').snapshot([]).broken()).toEqual([])
  })

  test('one that was completed without a trace is not, by an answer or perhaps', () => {
    expect(aHistory().push(noTrace).claim().settle(1, gone, 'completed').snapshot([]).broken()).toEqual([])
    const history = aHistory().push(noTrace).claim()
    history.lost('settle', { entries: [{ lease: lease(), settlement: gone }] })
    expect(history.snapshot([]).broken()).toEqual([])
  })

  test('a settlement that answered `lost` under an old lease explains nothing', () => {
    const again = aHistory().push(noTrace).claim().wait(LEASE_MS).reap(1).claim({ claim: 2, recoveries: 1 }, 'w2')
    expect(again.settle(1, gone, 'lost').snapshot([]).broken()).toEqual(['G1 a 0 1 10'])
    expect(again.settle(2, gone, 'lost').snapshot([]).broken()).toEqual([])
  })

  test('a retained one is kept until its retention has passed and it was pruned', () => {
    const done = (): HistoryBuilder => aHistory().push().claim().settle(1, completed, 'completed')
    const prune = (history: HistoryBuilder): HistoryBuilder =>
      history.call('prune', { limit: 10, maxDeadPerName: 10_000 }, { pruned: 1 })
    expect(done().wait(HOUR).snapshot([]).broken()).toEqual(['G1 a 0 1 6'])
    expect(
      prune(done().wait(HOUR - 1))
        .snapshot([])
        .broken(),
    ).toEqual(['G1 a 0 1 8'])
    expect(prune(done().wait(HOUR)).snapshot([]).broken()).toEqual([])
  })

  test('one that was removed is not lost, one that could not be removed is', () => {
    const removed = aHistory()
      .push()
      .call('remove', { ids: ['a'] }, [{ status: 'removed', state: 'ready' }])
    expect(removed.snapshot([]).broken()).toEqual([])
    const active = aHistory()
      .push()
      .claim()
      .call('remove', { ids: ['a'] }, [{ status: 'active' }])
    expect(active.snapshot([]).broken()).toEqual(['G1 a 0 1 6'])
  })

  test('one that was cancelled without a trace is not lost, one whose cancel was only noted is', () => {
    const cancelled = aHistory()
      .push(noTrace)
      .call('cancel', { ids: ['a'] }, [{ status: 'cancelled' }])
    expect(cancelled.snapshot([]).broken()).toEqual([])
    const requested = aHistory()
      .push(noTrace)
      .claim()
      .call('cancel', { ids: ['a'] }, [{ status: 'requested' }])
    expect(requested.snapshot([]).broken()).toEqual(['G1 a 0 1 6'])
    const released = { type: 'released', delayMs: 0 } as const
    expect(requested.settle(1, released, 'cancelled').snapshot([]).broken()).toEqual([])
  })

  test('one that the reaper ended without a trace is not lost, one that it put back is', () => {
    const dead = { outcome: 'dead', recoveries: 4 } as const
    const reaped = (): HistoryBuilder => aHistory().push(noTrace).claim({ claim: 4, recoveries: 3 }).wait(LEASE_MS)
    expect(reaped().reap(4, dead).snapshot([]).broken()).toEqual([])
    expect(aHistory().push(noTrace).claim().wait(LEASE_MS).reap(1).snapshot([]).broken()).toEqual(['G1 a 0 1 6'])
  })

  test('one whose cancel was asked for may have ended in any reap whose answer was lost, and in no other', () => {
    const claimed = (): HistoryBuilder => aHistory().push(noTrace).claim()
    const asked = (): HistoryBuilder => claimed().call('cancel', { ids: ['a'] }, [{ status: 'requested' }])
    const reap = (history: HistoryBuilder): HistoryBuilder =>
      history.wait(LEASE_MS).lost('reap', { limit: 10, maxRecoveries: 3 }).snapshot([])
    expect(reap(asked()).broken()).toEqual([])
    expect(reap(claimed()).broken()).toEqual(['G1 a 0 1 6'])
    expect(asked().wait(LEASE_MS).snapshot([]).broken()).toEqual(['G1 a 0 1 6'])
  })

  test('one that went on has not ended, whatever was asked for meanwhile', () => {
    const history = aHistory().push(noTrace).claim()
    const call = history.begin('cancel', { ids: ['a'] })
    history.settle(1, { type: 'released', delayMs: 0 }, 'ready').claim({ claim: 2 })
    expect(
      history
        .answer(call, [{ status: 'requested' }])
        .snapshot([])
        .broken(),
    ).toEqual(['G1 a 0 1 10'])
  })

  test('a name or time of execution that comes back altered breaks it', () => {
    expect(aHistory().push().claim({ executeAt: -1 }).broken()).toEqual(['G1 a 0 1 2 3'])
    expect(aHistory().push({ delayMs: 5 }).wait(5).claim({ executeAt: 5, claimedAt: 5 }).broken()).toEqual([])
    // A store that keeps fractions rounds a delay up, and the clock of a recorder may leave them out.
    expect(aHistory().push({ delayMs: 5 }).wait(6).claim({ executeAt: 6, claimedAt: 6 }).broken()).toEqual([])
    expect(aHistory().push({ delayMs: 5 }).wait(7).claim({ executeAt: 7, claimedAt: 7 }).broken()).toEqual([
      'G1 a 0 1 2 3',
    ])
    expect(
      aHistory()
        .push()
        .snapshot([{ id: 'a', name: 'mail' }])
        .broken(),
    ).toContain('G1 a 0 1 2')
  })

  test('a priority, an expiry or a unique key that comes back altered breaks it', () => {
    const unique = { key: 'ada', until: 'finished', onConflict: 'ignore' } as const
    const asked = { priority: 5, expiresAt: 9, unique }
    const seen = (job: object): string[] => aHistory().push(asked).snapshot([job]).broken()
    expect(seen(asked)).toEqual([])
    expect(seen({ ...asked, unique: { onConflict: 'ignore', until: 'finished', key: 'ada' } })).toEqual([])
    expect(seen({ ...asked, priority: undefined })).toEqual(['G1 a 0 1 2'])
    expect(seen({ ...asked, expiresAt: undefined })).toEqual(['G1 a 0 1 2'])
    expect(seen({ ...asked, unique: undefined })).toEqual(['G1 a 0 1 2'])
    expect(seen({ ...asked, unique: { ...unique, until: { ttlMs: 1 } } })).toEqual(['G1 a 0 1 2'])
    const redriven = aHistory().push(asked).wait(9).expire(['a'])
    redriven.call('redrive', { ids: ['a'] }, [{ status: 'redriven' }])
    expect(redriven.snapshot([{ priority: 5, unique }]).broken()).toEqual([])
  })

  test('a new time of execution is no alteration', () => {
    const history = aHistory()
      .push()
      .call('reschedule', { entries: [{ id: 'a', executeAt: -9 }] }, [{ status: 'rescheduled', state: 'ready' }])
    expect(history.claim({ generation: 2, executeAt: -9 }).broken()).toEqual([])
  })
})

describe('G2: a job is in one place', () => {
  test('twice in one snapshot breaks it', () => {
    expect(
      aHistory()
        .push()
        .snapshot([{ state: 'ready' }, { state: 'scheduled' }])
        .broken(),
    ).toEqual(['G2 a 2'])
  })

  test('twice in one claim breaks it', () => {
    const history = aHistory().push()
    const jobs = [history.claimed(), history.claimed({ claim: 2, recoveries: 1 })]
    expect(history.call('claim', claimInput(), { jobs, more: false }).broken()).toEqual(['G2 a 2 3'])
  })

  test('counts that are not those of the jobs break it', () => {
    const history = aHistory()
      .push()
      .snapshot([{ state: 'ready' }])
    const counts = [{ ...history.events.map((event) => (event.type === 'snapshot' ? event.counts[0] : null)).at(-1) }]
    const jobs = [history.stored()]
    const twoCounted = counts.map((one) => ({ ...one, scheduled: 1 }))
    history.add({ type: 'snapshot', jobs, counts: twoCounted, drained: false })
    expect(history.broken()).toEqual(['G2 - 3'])
  })
})

describe('G5: what has ended stays so', () => {
  const done = (): HistoryBuilder => aHistory().push().claim().settle(1, completed, 'completed')

  test('a completed job that is claimed again breaks it', () => {
    expect(done().claim({ claim: 2 }).broken()).toEqual(['G5 a 4 5 6 7'])
  })

  test('a completed job that is seen waiting breaks it', () => {
    expect(
      done()
        .snapshot([{ state: 'ready', claims: 1 }])
        .broken(),
    ).toEqual(['G5 a 4 5 6'])
    expect(
      done()
        .snapshot([{ state: 'completed', claims: 1 }])
        .broken(),
    ).toEqual([])
  })

  test('a cancelled job that is claimed breaks it, unless it was pushed again', () => {
    const cancelled = (): HistoryBuilder =>
      aHistory()
        .push(noTrace)
        .call('cancel', { ids: ['a'] }, [{ status: 'cancelled' }])
    expect(cancelled().claim().broken()).toEqual(['G5 a 2 3 4 5'])
    expect(cancelled().push(noTrace).claim({ generation: 2 }).broken()).toEqual([])
  })

  test('a dead job comes back by a redrive only', () => {
    const dead = { type: 'dead', reason: 'attempts', error: '{}', retentionMs: HOUR } as const
    const ended = (): HistoryBuilder => aHistory().push().claim().settle(1, dead, 'dead')
    expect(ended().claim({ claim: 2, attempts: 1 }).broken()).toEqual(['G5 a 4 5 6 7'])
    const redriven = ended().call('redrive', { ids: ['a'] }, [{ status: 'redriven' }])
    expect(redriven.claim({ claim: 2 }).broken()).toEqual([])
    const perhaps = ended()
    perhaps.lost('redrive', { ids: ['a'] })
    expect(perhaps.claim({ claim: 2 }).broken()).toEqual([])
  })

  test('a new job of the id is another one', () => {
    const again = aHistory().push(noTrace).claim().settle(1, gone, 'completed').push()
    expect(again.claim({ generation: 2 }).broken()).toEqual([])
  })
})

describe('G7: nothing that is due is left, and every end has its reason', () => {
  test('a due job in a drained snapshot breaks it, in each state in which it waits', () => {
    for (const state of ['ready', 'active', 'scheduled'] as const) {
      expect(
        aHistory()
          .push()
          .snapshot([{ state, dueAt: 0 }], true)
          .broken(),
      ).toEqual(['G7 a 0 1 2'])
      expect(aHistory().push().snapshot([{ state }]).broken()).toEqual([])
    }
    // Without a unique key it is not parked, whatever the store forgets to say.
    expect(
      aHistory()
        .push()
        .snapshot([{ state: 'scheduled' }], true)
        .broken(),
    ).toEqual(['G7 a 0 1 2'])
    const later = [{ state: 'scheduled', executeAt: 9, dueAt: 9 }] as const
    expect(aHistory().push({ executeAt: 9 }).snapshot(later, true).broken()).toEqual([])
  })

  test('a completed job that no worker completed breaks it', () => {
    const claimed = (): HistoryBuilder => aHistory().push().claim()
    expect(
      claimed()
        .snapshot([{ state: 'completed', claims: 1 }])
        .broken(),
    ).toEqual(['G7 a 0 1 4'])
    const perhaps = claimed()
    perhaps.lost('settle', { entries: [{ lease: lease(), settlement: completed }] })
    expect(perhaps.snapshot([{ state: 'completed', claims: 1 }]).broken()).toEqual([])
  })

  test('a dead job needs as many failed runs as it has attempts, and no attempt left', () => {
    const dead = { type: 'dead', reason: 'attempts', error: '{}', retentionMs: HOUR } as const
    const ended = (attempts: number, maxAttempts = 1): string[] =>
      aHistory()
        .push()
        .claim()
        .start(1, { maxAttempts })
        .end()
        .settle(1, dead, 'dead')
        .snapshot([{ state: 'dead', deadReason: 'attempts', claims: 1, attempts, error: '{}' }])
        .broken()
    expect(ended(1)).toEqual([])
    expect(ended(2)).toEqual(['G7 a 0 1 6 7 8'])
    expect(ended(1, 2)).toEqual(['G7 a 0 1 6 7 8'])
  })

  test('a dead job that no worker ended breaks it', () => {
    const history = aHistory().push().claim()
    expect(history.snapshot([{ state: 'dead', deadReason: 'non-retryable' }]).broken()).toEqual(['G7 a 0 1 4'])
  })
})

describe('G12 and G15: an id is held by one job', () => {
  test('a push that is added while another holds its id breaks G12', () => {
    expect(aHistory().push().push().broken()).toEqual(['G12 a 0 1 2 3'])
    expect(aHistory().push().push({}, 'duplicate').broken()).toEqual([])
  })

  test('a push after the end of the other without a trace breaks nothing', () => {
    expect(aHistory().push(noTrace).claim().settle(1, gone, 'completed').push().broken()).toEqual([])
    expect(aHistory().push().claim().settle(1, completed, 'completed').push().broken()).toEqual(['G12 a 2 3 6 7'])
  })

  test('of two pushes at once either may have come first', () => {
    const added = [{ status: 'added', id: 'a' }]
    const overlapping = (between: (history: HistoryBuilder) => unknown): string[] => {
      const history = aHistory()
      const slow = history.begin('enqueue', { jobs: [aPush(noTrace)] }, 'p')
      history.push(noTrace)
      between(history)
      return history.answer(slow, added).broken()
    }
    expect(overlapping((history) => history.claim().settle(1, gone, 'completed'))).toEqual([])
    expect(overlapping((history) => history.claim())).toEqual(['G12 a 0 1 2 5'])
  })

  test('a job that was seen holds its id, but for one that had ended and may have been pruned since', () => {
    const seen = (state: StoredJob['state']): HistoryBuilder => {
      const history = aHistory()
      history.lost('enqueue', { jobs: [aPush({ retention: { completedMs: 5, deadMs: 5 } })] })
      history.call('cancel', { ids: ['a'] }, [{ status: 'cancelled' }])
      return history.call('get', { ids: ['a'] }, [history.stored({ state })])
    }
    const pruned = seen('cancelled').wait(5).call('prune', { limit: 1, maxDeadPerName: 9 }, { pruned: 1 })
    expect(pruned.push().broken()).toEqual([])
    const history = aHistory()
    history.lost('enqueue', { jobs: [aPush()] })
    expect(
      history
        .call('get', { ids: ['a'] }, [history.stored()])
        .push()
        .broken(),
    ).toEqual(['G15 a 2 3 4 5'])
  })

  test('an id twice in one call is added once', () => {
    const jobs = [aPush(), aPush()]
    const added = { status: 'added', id: 'a' } as const
    expect(
      aHistory()
        .call('enqueue', { jobs }, [added, { ...added, status: 'duplicate' }])
        .broken(),
    ).toEqual([])
    expect(aHistory().call('enqueue', { jobs }, [added, added]).broken()).toEqual(['G12 a 0 1'])
  })

  test('a repeated push that makes a second live job breaks G15', () => {
    const history = aHistory()
    history.lost('enqueue', { jobs: [aPush()] })
    expect(history.push().broken()).toEqual([])
    const seen = aHistory()
    seen.lost('enqueue', { jobs: [aPush()] })
    expect(seen.claim().push().broken()).toEqual(['G15 a 2 3 4 5'])
  })
})

describe('G17: a batch has an outcome for each entry', () => {
  test('one outcome too few breaks it', () => {
    const jobs = [aPush(), aPush({ id: 'b' })]
    const outcomes = [{ status: 'added', id: 'a' } as const, { status: 'added', id: 'b' } as const]
    expect(aHistory().call('enqueue', { jobs }, outcomes).broken()).toEqual([])
    expect(aHistory().call('enqueue', { jobs }, outcomes.slice(1)).broken()).toEqual(['G17 - 0 1'])
  })

  test('outcomes in another order break it', () => {
    const jobs = [aPush(), aPush({ id: 'b' })]
    const outcomes = [{ status: 'added', id: 'b' } as const, { status: 'added', id: 'a' } as const]
    expect(aHistory().call('enqueue', { jobs }, outcomes).broken()).toEqual(['G17 a 0 1'])
  })
})

describe('G19: records come back as they were written', () => {
  test('options without a field that this release does not know break it', () => {
    const options = '{"v":1,"colour":"red"}'
    expect(aHistory().push({ options }).claim({ options }).broken()).toEqual([])
    expect(aHistory().push({ options }).claim({ options: '{"v":1}' }).broken()).toEqual(['G19 a 0 1 2 3'])
  })

  test('another payload breaks it, in whatever way the job is seen', () => {
    expect(
      aHistory()
        .push()
        .snapshot([{ payload: '[]' }])
        .broken(),
    ).toEqual(['G19 a 0 1 2'])
    const history = aHistory().push()
    expect(history.call('get', { ids: ['a'] }, [history.stored({ payload: '[]' })]).broken()).toEqual(['G19 a 0 1 2 3'])
  })

  test('what a damaged record shows is not held against it', () => {
    expect(aHistory().push().claim({ payload: 'x', damage: 'not JSON' }).broken()).toEqual([])
  })
})
