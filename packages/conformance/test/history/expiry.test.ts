import { describe, expect, test } from 'vitest'
import { claimInput, completed, HistoryBuilder, LEASE_MS } from './history-builder.js'

const HOUR = 3_600_000
const expiresAt = 1_000
const aHistory = (): HistoryBuilder => new HistoryBuilder()
const pushed = (waitMs = 0): HistoryBuilder => aHistory().push({ expiresAt }).wait(waitMs)
const nothing = { jobs: [], more: false }

describe('G7: what has expired is not run', () => {
  test('a first claim at that instant or later breaks it, by either clock', () => {
    expect(pushed(999).claim().broken()).toEqual([])
    expect(pushed(1_000).claim().broken()).toEqual(['G7 a 2 3'])
    expect(pushed(1_000).claim({ claimedAt: 999 }).broken()).toEqual(['G7 a 2 3'])
    const history = pushed(999)
    const call = history.begin('claim', claimInput())
    const late = { jobs: [history.claimed({ claimedAt: 1_000 })], more: false }
    expect(history.wait(1).answer(call, late).broken()).toEqual(['G7 a 2 3'])
  })

  test('a claim that was under way by then may have come before', () => {
    const history = pushed(999)
    const call = history.begin('claim', claimInput())
    const jobs = [history.claimed()]
    expect(history.wait(1).answer(call, { jobs, more: false }).broken()).toEqual([])
  })

  test('a job that was claimed before does not expire', () => {
    const history = pushed().claim().wait(LEASE_MS).reap(1)
    expect(history.claim({ claim: 2, recoveries: 1 }).broken()).toEqual([])
  })

  test('a redrive, however it was answered, may have brought it back', () => {
    for (const status of ['redriven', 'not-dead'] as const) {
      const answer = status === 'redriven' ? { status } : ({ status, state: 'ready' } as const)
      const history = pushed(1_000)
        .expire(['a'])
        .call('redrive', { ids: ['a'] }, [answer])
      expect(history.claim({ generation: 2 }).broken()).toEqual([])
    }
  })

  test('what the reaper has ended as expired is dead', () => {
    expect(pushed(1_000).expire(['a']).claim({ claimedAt: 999 }).broken()).toContain('G5 a 2 3 4 5')
  })
})

describe('G7: nothing expires that should not', () => {
  const dead = { state: 'dead', deadReason: 'expired', expiresAt } as const

  test('before its time, or without one', () => {
    expect(pushed(999).expire(['a']).broken()).toEqual(['G7 a 0 1 2 3'])
    expect(pushed(1_000).expire(['a']).broken()).toEqual([])
    expect(aHistory().push().wait(HOUR).expire(['a']).broken()).toEqual(['G7 a 0 1 2 3'])
    expect(
      pushed(1_000)
        .snapshot([{ ...dead, finishedAt: 999 }])
        .broken(),
    ).toEqual(['G7 a 0 1 2'])
    expect(
      pushed(1_000)
        .snapshot([{ ...dead, finishedAt: 1_000 }])
        .broken(),
    ).toEqual([])
  })

  test('after its first claim', () => {
    expect(pushed().claim().wait(1_000).expire(['a']).broken()).toContain('G7 a 2 3 4 5')
    expect(
      pushed()
        .claim()
        .wait(1_000)
        .snapshot([{ ...dead, claims: 1, finishedAt: 1_000 }])
        .broken(),
    ).toEqual(['G7 a 0 1 4'])
  })

  test('what is older than the history may have been asked for there', () => {
    expect(aHistory().push({}, 'duplicate').expire(['a']).broken()).toEqual([])
    expect(aHistory().expire(['a']).broken()).toEqual([])
  })
})

describe('G7: the reaper leaves nothing that has expired', () => {
  const seen = (history: HistoryBuilder, job = {}): string[] => history.snapshot([{ expiresAt, ...job }]).broken()

  test('one that is there after a reap that found fewer than its limit breaks it', () => {
    expect(seen(pushed(1_000).expire([]))).toEqual(['G7 a 2 3 4'])
    expect(seen(pushed(999).expire([]).wait(9))).toEqual([])
    expect(seen(pushed(1_000))).toEqual([])
    expect(seen(pushed(1_000).expire(['b'], 1))).toEqual([])
    expect(seen(pushed(1_000).expire([]), { claims: 1 })).toEqual([])
  })

  test('a reap that was not answered, or began before, says nothing', () => {
    const history = pushed(1_000)
    history.lost('reap', { limit: 9, maxRecoveries: 3 })
    expect(seen(history)).toEqual([])
  })
})

describe('G1: a job that expired is kept as long as the dead are', () => {
  const noTrace = { expiresAt, retention: { completedMs: HOUR, deadMs: 0 } }
  const gone = (job: object, waitMs: number): HistoryBuilder => aHistory().push(job).wait(waitMs)

  test('one that is gone may have expired in a reap or claim, where it leaves no trace', () => {
    expect(gone(noTrace, 1_000).expire(['a']).snapshot([]).broken()).toEqual([])
    expect(gone(noTrace, 1_000).call('claim', claimInput(), nothing).snapshot([]).broken()).toEqual([])
    const unseen = gone(noTrace, 1_000)
    unseen.lost('reap', { limit: 9, maxRecoveries: 3 })
    expect(unseen.snapshot([]).broken()).toEqual([])
  })

  test('not before its time, nor without a reap or claim, nor where it is kept', () => {
    expect(gone(noTrace, 999).call('claim', claimInput(), nothing).snapshot([]).broken()).toEqual(['G1 a 0 1 4'])
    expect(gone(noTrace, 1_000).snapshot([]).broken()).toEqual(['G1 a 0 1 2'])
    const fax = gone(noTrace, 1_000).call('claim', claimInput('w', 'fax'), nothing)
    expect(fax.snapshot([]).broken()).toEqual(['G1 a 0 1 4'])
    expect(gone({ expiresAt }, 1_000).expire(['a']).snapshot([]).broken()).toEqual(['G1 a 0 1 4'])
    const pruned = (waitMs: number): string[] =>
      gone({ expiresAt }, 0)
        .lost('reap', { limit: 9, maxRecoveries: 3 })
        .wait(waitMs)
        .call('prune', { limit: 9, maxDeadPerName: 9 }, { pruned: 1 })
        .snapshot([])
        .broken()
    expect(pruned(1_000 + HOUR - 1)).toEqual(['G1 a 0 1 6'])
    expect(pruned(1_000 + HOUR)).toEqual([])
  })

  test('not after its first claim', () => {
    const claimed = gone(noTrace, 0).claim().wait(5_000).expire([])
    expect(claimed.snapshot([]).broken()).toEqual(['G1 a 0 1 6'])
  })
})

describe('G1: a job that is one too many of those that are kept leaves', () => {
  const retention = { completedMs: HOUR, deadMs: HOUR }
  const trimmed = { retention: { ...retention, maxCount: 1 } }
  const done = (history: HistoryBuilder): HistoryBuilder => history.claim().settle(1, completed, 'completed')

  test('once it has ended, and some job of its name asks for that', () => {
    expect(done(aHistory().push(trimmed)).snapshot([]).broken()).toEqual([])
    expect(
      done(
        aHistory()
          .push()
          .push({ id: 'b', ...trimmed }),
      )
        .snapshot([{ id: 'b' }])
        .broken(),
    ).toEqual([])
    const fax = done(
      aHistory()
        .push()
        .push({ id: 'b', name: 'fax', ...trimmed }),
    )
    expect(fax.snapshot([{ id: 'b', name: 'fax' }]).broken()).toContain('G1 a 0 1 8')
  })

  test('and not while it is to be run', () => {
    expect(aHistory().push(trimmed).snapshot([]).broken()).toEqual(['G1 a 0 1 2'])
    expect(aHistory().push(trimmed).claim().snapshot([]).broken()).toEqual(['G1 a 0 1 4'])
  })

  test('its id is free for another', () => {
    expect(done(aHistory().push(trimmed)).push(trimmed).broken()).toEqual([])
    expect(aHistory().push(trimmed).claim().push(trimmed).broken()).toEqual(['G12 a 2 3 4 5'])
  })
})
