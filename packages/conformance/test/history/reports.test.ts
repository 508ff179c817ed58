import { describe, expect, test } from 'vitest'
import { aPush, completed, HistoryBuilder, lease, LEASE_MS, retry } from './history-builder.js'

const aHistory = (): HistoryBuilder => new HistoryBuilder()
const claimed = (): HistoryBuilder => aHistory().push().claim()
const again = { claim: 2, attempts: 1 }

describe('G4: a lease that is over reports nothing', () => {
  test('a report that is taken after the reap, the settlement or a later claim breaks it', () => {
    const reaped = (): HistoryBuilder => claimed().wait(LEASE_MS).reap(1)
    expect(reaped().report(1, { progress: '1' }).broken()).toEqual(['G4 a 4 5 6 7'])
    expect(reaped().report(1, { progress: '1' }, 'lost').broken()).toEqual([])
    expect(
      claimed()
        .settle(1, completed, 'completed')
        .report(1, { lines: ['x'] })
        .broken(),
    ).toEqual(['G4 a 4 5 6 7'])
    const taken = claimed().wait(LEASE_MS).claim({ claim: 2, recoveries: 1 })
    expect(taken.report(1, { checkpoint: '1' }).broken()).toEqual(['G4 a 4 5 6 7'])
    expect(claimed().report(1, { progress: '1' }).broken()).toEqual([])
  })

  test('a report that was under way when the lease ended may have come before', () => {
    const history = claimed()
    const call = history.begin('report', { entries: [{ lease: lease(), progress: '1' }] })
    expect(history.settle(1, completed, 'completed').answer(call, ['reported']).broken()).toEqual([])
  })

  test('a report answers for each lease in its place', () => {
    const history = claimed()
    history.call('report', { entries: [{ lease: lease() }, { lease: lease(1, 'b') }] }, ['reported'])
    expect(history.broken()).toEqual(['G17 - 4 5'])
  })
})

describe('G4: a claim hands out the last checkpoint', () => {
  const kept = (): HistoryBuilder => claimed().report(1, { checkpoint: 'one' })
  const back = (history: HistoryBuilder): HistoryBuilder => history.settle(1, retry, 'ready')

  test('one that is lost, or is older than another, breaks it', () => {
    expect(
      back(kept())
        .claim({ ...again, checkpoint: 'one' })
        .broken(),
    ).toEqual([])
    expect(back(kept()).claim(again).broken()).toEqual(['G4 a 4 5 8 9'])
    const two = (): HistoryBuilder => back(kept().report(1, { checkpoint: 'two' }))
    expect(
      two()
        .claim({ ...again, checkpoint: 'two' })
        .broken(),
    ).toEqual([])
    expect(
      two()
        .claim({ ...again, checkpoint: 'one' })
        .broken(),
    ).toEqual(['G4 a 6 7 10 11'])
  })

  test('one that nobody reported breaks it, also in a first claim', () => {
    expect(
      back(claimed())
        .claim({ ...again, checkpoint: 'one' })
        .broken(),
    ).toEqual(['G4 a 6 7'])
    expect(aHistory().push().claim({ checkpoint: 'one' }).broken()).toEqual(['G4 a 2 3'])
  })

  test('one whose reply was lost may have been kept or not', () => {
    for (const checkpoint of ['one', 'two']) {
      const history = kept()
      history.lost('report', { entries: [{ lease: lease(), checkpoint: 'two' }] })
      expect(
        back(history)
          .claim({ ...again, checkpoint })
          .broken(),
      ).toEqual([])
    }
    const first = claimed()
    first.lost('report', { entries: [{ lease: lease(), checkpoint: 'one' }] })
    expect(back(first).claim(again).broken()).toEqual([])
  })

  test('one whose reply was lost does not come back over a later one of a later lease', () => {
    const history = claimed()
    history.lost('report', { entries: [{ lease: lease(), checkpoint: 'old' }] })
    back(history)
      .claim({ ...again, checkpoint: 'old' })
      .report(2, { checkpoint: 'new' })
      .settle(2, retry, 'ready')
    expect(history.claim({ claim: 3, attempts: 2, checkpoint: 'old' }).broken()).toEqual(['G4 a 10 11 14 15'])
  })

  test('a second copy of an old one may come late, under the same lease', () => {
    const history = claimed()
    history.begin('report', { entries: [{ lease: lease(), checkpoint: 'one' }] })
    history.report(1, { checkpoint: 'two' })
    expect(
      back(history)
        .claim({ ...again, checkpoint: 'one' })
        .broken(),
    ).toEqual([])
  })

  test('one that was refused breaks it, unless the refusal may be that of a second delivery', () => {
    const stale = claimed().wait(LEASE_MS).reap(1).report(1, { checkpoint: 'stale' }, 'lost')
    const second = { claim: 2, recoveries: 1, checkpoint: 'stale' }
    expect(stale.claim(second).broken()).toEqual(['G4 a 8 9'])
    const history = claimed().wait(LEASE_MS)
    const call = history.begin('report', { entries: [{ lease: lease(), checkpoint: 'stale' }] })
    expect(history.reap(1).answer(call, ['lost']).claim(second).broken()).toEqual([])
  })

  test('a repeat under a lease that was over by then explains nothing', () => {
    const history = claimed().wait(LEASE_MS).reap(1)
    history.lost('report', { entries: [{ lease: lease(), checkpoint: 'stale' }] })
    expect(history.claim({ claim: 2, recoveries: 1, checkpoint: 'stale' }).broken()).toEqual(['G4 a 8 9'])
  })

  test('the last of two in one call counts, and so do those of a lease that was reaped or released', () => {
    const entries = ['one', 'two'].map((checkpoint) => ({ lease: lease(), checkpoint }))
    const both = (): HistoryBuilder => claimed().call('report', { entries }, ['reported', 'reported'])
    expect(
      back(both())
        .claim({ ...again, checkpoint: 'one' })
        .broken(),
    ).toEqual(['G4 a 4 5 8 9'])
    expect(
      back(both())
        .claim({ ...again, checkpoint: 'two' })
        .broken(),
    ).toEqual([])
    const reaped = kept().wait(LEASE_MS).reap(1)
    expect(reaped.claim({ claim: 2, recoveries: 1 }).broken()).toEqual(['G4 a 4 5 8 9'])
    const released = kept().settle(1, { type: 'released', delayMs: 0 }, 'ready')
    expect(released.claim({ claim: 2 }).broken()).toEqual(['G4 a 4 5 8 9'])
  })

  test('it goes on over a redrive and a reschedule', () => {
    const dead = { type: 'dead', reason: 'attempts', error: '{}', retentionMs: 60_000 } as const
    const redriven = (): HistoryBuilder =>
      kept()
        .settle(1, dead, 'dead')
        .call('redrive', { ids: ['a'] }, [{ status: 'redriven' }])
    expect(redriven().claim({ claim: 2, checkpoint: 'one' }).broken()).toEqual([])
    expect(redriven().claim({ claim: 2 }).broken()).toEqual(['G4 a 4 5 10 11'])
    const moved = back(kept()).call('reschedule', { entries: [{ id: 'a', delayMs: 0 }] }, [
      { status: 'rescheduled', state: 'ready' },
    ])
    expect(moved.claim({ ...again, generation: 2 }).broken()).toEqual(['G4 a 4 5 10 11'])
  })

  test('another job of the id has none of it', () => {
    const gone = { type: 'completed', retentionMs: 0 } as const
    const anew = (): HistoryBuilder => kept().settle(1, gone, 'completed').push()
    expect(anew().claim({ generation: 2 }).broken()).toEqual([])
    expect(anew().claim({ generation: 2, checkpoint: 'one' }).broken()).toEqual(['G4 a 10 11'])
    const second = { ...lease(), fence: { generation: 2, claim: 1 } }
    const retried = anew().claim({ generation: 2 })
    retried.call('settle', { entries: [{ lease: second, settlement: retry }] }, [{ status: 'settled', state: 'ready' }])
    expect(retried.claim({ ...again, generation: 2 }).broken()).toEqual([])
  })

  test('of a job that is older than the history only what was kept since is known', () => {
    const older = (): HistoryBuilder =>
      aHistory().push({}, 'duplicate').claim({ claim: 2, recoveries: 1, checkpoint: 'x' })
    expect(older().broken()).not.toContain('G4 a 2 3')
    const since = older().report(2, { checkpoint: 'y' }).settle(2, retry, 'ready')
    expect(since.claim({ claim: 3, attempts: 1, recoveries: 1, checkpoint: 'x' }).broken()).toContain('G4 a 4 5 8 9')
  })

  test('what a damaged record shows is not held against it', () => {
    expect(back(kept()).claim({ claim: 2, damage: 'not JSON', payload: 'x' }).broken()).toEqual([])
  })
})

describe('G4: what is shown of a job is what its leases have said', () => {
  const shown = (history: HistoryBuilder, job: object): string[] =>
    history.call('get', { ids: ['a'] }, [history.stored({ state: 'active', claims: 1, ...job })]).broken()
  const said = (): HistoryBuilder => claimed().report(1, { progress: '50', lines: ['hello'] })

  test('progress that is lost, or was never reported, breaks it', () => {
    expect(shown(said(), { progress: '50' })).toEqual([])
    expect(shown(said(), {})).toEqual(['G4 a 4 5 6 7'])
    expect(shown(said(), { progress: '99' })).toEqual(['G4 a 4 5 6 7'])
  })

  test('a line of its log that no lease of it wrote breaks it', () => {
    expect(shown(said(), { progress: '50', log: ['hello'] })).toEqual([])
    expect(shown(said(), { progress: '50', log: ['hello', 'stale'] })).toEqual(['G4 a 6 7'])
  })

  test('what a lost lease said of a failure breaks it', () => {
    const stale = { ...retry, error: 'stale' }
    const lost = (): HistoryBuilder => claimed().wait(LEASE_MS).reap(1).settle(1, stale, 'lost')
    const ready = { state: 'ready', recoveries: 1 }
    const failure = { attempt: 1, at: 0, error: 'stale' }
    expect(shown(lost(), ready)).toEqual([])
    expect(shown(lost(), { ...ready, error: 'stale' })).toEqual(['G4 a 8 9'])
    expect(shown(lost(), { ...ready, failures: [failure] })).toEqual(['G4 a 8 9'])
  })

  test('the error of a failure that was acknowledged is kept', () => {
    const failed = (): HistoryBuilder => claimed().settle(1, { ...retry, error: 'no' }, 'ready')
    const ready = { state: 'ready', attempts: 1 }
    expect(shown(failed(), { ...ready, error: 'no' })).toEqual([])
    expect(shown(failed(), ready)).toEqual(['G4 a 4 5 6 7'])
    const perhaps = claimed()
    perhaps.lost('settle', { entries: [{ lease: lease(), settlement: { ...retry, error: 'no' } }] })
    expect(shown(perhaps, { ...ready, failures: [{ attempt: 1, at: 0, error: 'no' }] })).toEqual([])
  })
})

describe('G4: nobody moves a job under its lease', () => {
  const cancelled = (history: HistoryBuilder): HistoryBuilder =>
    history.call('cancel', { ids: ['a'] }, [{ status: 'cancelled' }])

  test('a remove, a reschedule or a cancel that takes effect while it runs breaks it', () => {
    const removed = claimed().call('remove', { ids: ['a'] }, [{ status: 'removed', state: 'ready' }])
    expect(removed.broken()).toEqual(['G4 a 2 3 4 5'])
    const moved = claimed().call('reschedule', { entries: [{ id: 'a', delayMs: 9 }] }, [
      { status: 'rescheduled', state: 'scheduled' },
    ])
    expect(moved.broken()).toEqual(['G4 a 2 3 4 5'])
    expect(cancelled(claimed()).broken()).toEqual(['G4 a 2 3 4 5'])
  })

  test('it may come once the lease has run out, or may have been settled', () => {
    expect(cancelled(claimed().wait(LEASE_MS)).broken()).toEqual([])
    expect(cancelled(claimed().wait(9_999)).broken()).toEqual(['G4 a 2 3 4 5'])
    const perhaps = claimed()
    perhaps.lost('settle', { entries: [{ lease: lease(), settlement: retry }] })
    expect(cancelled(perhaps).broken()).toEqual([])
    const early = aHistory().push()
    const call = early.begin('cancel', { ids: ['a'] })
    early.claim()
    expect(early.answer(call, [{ status: 'cancelled' }]).broken()).not.toContain('G4 a 2 3 4 5')
  })

  test('a replaced holder of a unique key was not running', () => {
    const unique = { key: 'ada', until: 'finished', onConflict: 'replace' } as const
    const replaced = [{ status: 'replaced', id: 'b', replacedId: 'a' }] as const
    const push = (history: HistoryBuilder): HistoryBuilder =>
      history.call('enqueue', { jobs: [aPush({ id: 'b', unique })] }, replaced)
    expect(push(aHistory().push({ unique }).claim()).broken()).toEqual(['G4 a 2 3 4 5'])
    expect(push(aHistory().push({ unique })).broken()).toEqual([])
  })
})
