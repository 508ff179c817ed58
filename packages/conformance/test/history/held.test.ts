import type { ClaimResult, NameLimits, Settlement } from '@goscheds/core'
import { describe, expect, test } from 'vitest'
import { claimInput, completed, HistoryBuilder, lease, LEASE_MS, retry } from './history-builder.js'

const hold = { type: 'released', delayMs: 0, holdNameMs: 300 } as const satisfies Settlement
const one: NameLimits = { concurrency: 1 }

const g13 = (history: HistoryBuilder): string[] => history.broken().filter((text) => text.startsWith('G13'))

function begun(): HistoryBuilder {
  return new HistoryBuilder().push({ id: 'x' }).push().claim({ id: 'x' })
}

function onHold(state: 'ready' | 'cancelled' = 'ready', settlement: Settlement = hold): HistoryBuilder {
  const entries = [{ lease: lease(1, 'x'), settlement }]
  return begun().call('settle', { entries }, [{ status: 'settled', state }])
}

function heldFor(held: NonNullable<ClaimResult['held']>, history: HistoryBuilder): HistoryBuilder {
  return history.call('claim', claimInput(), { jobs: [], more: false, held })
}

describe('G13: nothing of a name is handed out while it is on hold', () => {
  test('a claim before the hold is over breaks it', () => {
    expect(g13(onHold().wait(299).claim())).toEqual(['G13 a 6 7 8 9'])
    expect(g13(onHold().wait(300).claim())).toEqual([])
    expect(g13(onHold('ready', { type: 'released', delayMs: 0 }).claim())).toEqual([])
  })

  test('whatever becomes of the job that asked for it', () => {
    expect(g13(onHold('cancelled').wait(299).claim())).toHaveLength(1)
  })

  test('a shorter hold does not end a longer one', () => {
    const shorter = onHold('ready', { ...hold, holdNameMs: 500 }).wait(100)
    const entries = [{ lease: lease(1, 'y'), settlement: { ...hold, holdNameMs: 10 } }]
    shorter.call('settle', { entries }, [{ status: 'settled', state: 'ready' }])
    expect(g13(shorter.wait(300).claim())).toHaveLength(1)
  })

  test('it may not have come when its reply was lost, nor when the lease was', () => {
    const entries = [{ lease: lease(1, 'x'), settlement: hold }]
    const lost = begun()
    lost.lost('settle', { entries })
    expect(g13(lost.claim())).toEqual([])
    expect(
      g13(
        begun()
          .call('settle', { entries }, [{ status: 'lost' }])
          .claim(),
      ),
    ).toEqual([])
  })

  test('by what the store says of when it was', () => {
    const slow = onHold().wait(100)
    const call = slow.begin('claim', claimInput())
    const claimedAt = slow.now + 100
    expect(g13(slow.wait(300).answer(call, { jobs: [slow.claimed({ claimedAt })], more: false }))).toHaveLength(1)
  })

  test('another name, and a claim that was under way at it, may be handed out', () => {
    const faxes = onHold()
    const fax = [faxes.claimed({ id: 'f', name: 'fax' })]
    expect(g13(faxes.call('claim', claimInput('w', 'fax'), { jobs: fax, more: false }))).toEqual([])
    const together = begun()
    const call = together.begin('claim', claimInput())
    const entries = [{ lease: lease(1, 'x'), settlement: hold }]
    together.call('settle', { entries }, [{ status: 'settled', state: 'ready' }])
    expect(g13(together.answer(call, { jobs: [together.claimed()], more: false }))).toEqual([])
  })
})

describe('G13: a name is held for a reason that is there', () => {
  test('for a hold', () => {
    expect(g13(heldFor('hold', onHold().wait(299)))).toEqual([])
    expect(g13(heldFor('hold', onHold().wait(301)))).toEqual(['G13 - 4 5 8 9'])
    expect(g13(heldFor('hold', begun()))).toEqual(['G13 - 4 5 6 7'])
    // An older one may be in force, where nothing has shown that there is none.
    expect(g13(heldFor('hold', new HistoryBuilder().push()))).toEqual([])
    expect(g13(heldFor('hold', heldFor('paused', new HistoryBuilder().push())))).toEqual([])
    const perhaps = begun()
    perhaps.lost('settle', { entries: [{ lease: lease(1, 'x'), settlement: hold }] })
    expect(g13(heldFor('hold', perhaps.wait(5_000)))).toEqual([])
  })

  test('for a hold that is no other, and that a current lease has brought', () => {
    const entries = [{ lease: { ...lease(1, 'x'), name: 'fax' }, settlement: hold }]
    const other = begun().call('settle', { entries }, [{ status: 'settled', state: 'ready' }])
    expect(g13(heldFor('hold', other))).toHaveLength(1)
    const twice = [{ lease: lease(1, 'x'), settlement: hold }]
    expect(g13(heldFor('hold', begun().call('settle', { entries: twice }, [{ status: 'lost' }])))).toEqual([])
    const late = begun().call('settle', { entries: [{ lease: lease(1, 'x'), settlement: completed }] }, [
      { status: 'settled', state: 'completed' },
    ])
    expect(g13(heldFor('hold', late.call('settle', { entries: twice }, [{ status: 'lost' }])))).toHaveLength(1)
  })

  test('for a hold that was on its way when nothing was held', () => {
    const entries = [{ lease: lease(1, 'x'), settlement: hold }]
    const together = begun()
    const call = together.begin('settle', { entries })
    together.call('claim', claimInput('v'), { jobs: [], more: false })
    together.answer(call, [{ status: 'settled', state: 'ready' }])
    expect(g13(heldFor('hold', together))).toEqual([])
    const over = onHold().wait(299)
    const first = over.begin('claim', claimInput('v'))
    over.wait(2).call('claim', claimInput(), { jobs: [], more: false })
    expect(g13(over.answer(first, { jobs: [], more: false, held: 'hold' }))).toEqual([])
  })

  test('that is not a pause, where it is limited', () => {
    const limited = begun().setLimits(one)
    expect(g13(heldFor('concurrency', limited))).toEqual([])
    expect(g13(heldFor('paused', limited))).toHaveLength(1)
  })

  test.each(['concurrency', 'rate'] as const)('for its %s, if it has one', (reason) => {
    const rate = { limit: 1, perMs: 1_000, burst: 1 }
    const limits: NameLimits = reason === 'rate' ? { rate } : one
    expect(g13(heldFor(reason, begun().setLimits(limits)))).toEqual([])
    expect(g13(heldFor(reason, begun().setLimits(reason === 'rate' ? one : { rate })))).toEqual(['G13 - 6 7 8 9'])
    expect(g13(heldFor(reason, begun().setLimits(limits).setLimits(null)))).toHaveLength(1)
    // It may have been set before the history began, or by a change whose answer was lost.
    expect(g13(heldFor(reason, begun()))).toEqual([])
    const first = begun()
    first.lost('setLimits', { name: 'email', limits: null })
    expect(g13(heldFor(reason, first))).toEqual([])
    const perhaps = begun().setLimits(null)
    perhaps.lost('setLimits', { name: 'email', limits })
    expect(g13(heldFor(reason, perhaps))).toEqual([])
  })
})

describe('G13: no slot leaks', () => {
  const ended = (limits: NameLimits = one): HistoryBuilder => {
    const entries = [{ lease: lease(1, 'x'), settlement: completed }]
    return begun()
      .setLimits(limits)
      .call('settle', { entries }, [{ status: 'settled', state: 'completed' }])
  }
  const atEnd = (history: HistoryBuilder): string[] => {
    history.snapshot([{ id: 'a' }])
    const event = history.events.at(-1) as unknown as { counts: object[] }
    event.counts = event.counts.map((counts) => ({ ...counts, limits: one }))
    return g13(history)
  }

  test('a name that is held for its concurrency while fewer are active breaks it', () => {
    expect(atEnd(heldFor('concurrency', ended()))).toEqual(['G13 - 6 7 10 11'])
    expect(atEnd(heldFor('concurrency', begun().setLimits(one)))).toEqual([])
    const reaped = begun().setLimits(one).wait(LEASE_MS)
    reaped.reap(1, { id: 'x' })
    expect(atEnd(heldFor('concurrency', reaped))).toHaveLength(1)
  })

  test('also where a job that was claimed in it is active at the end, or has been claimed again', () => {
    const history = heldFor('concurrency', ended()).claim().settle(1, retry, 'ready').claim({ claim: 2, attempts: 1 })
    history.snapshot([{ state: 'active', claims: 2 }, { id: 'b' }])
    const event = history.events.at(-1) as unknown as { counts: object[] }
    event.counts = event.counts.map((counts) => ({ ...counts, limits: one }))
    expect(g13(history)).toEqual(['G13 - 6 7 10 11'])
  })

  test('the jobs of that claim count', () => {
    const jobs = (history: HistoryBuilder): string[] => {
      const handed = { jobs: [history.claimed()], more: false, held: 'concurrency' } as const
      return atEnd(history.call('claim', claimInput(), handed))
    }
    expect(jobs(ended())).toEqual([])
    expect(jobs(ended({ concurrency: 2 }).setLimits(one))).toEqual([])
  })

  test('of two limits that may be in force the lower one counts', () => {
    const perhaps = ended({ concurrency: 2 })
    perhaps.lost('setLimits', { name: 'email', limits: one })
    const held = perhaps.claim().call('claim', claimInput(), { jobs: [], more: false, held: 'concurrency' })
    expect(atEnd(held)).toEqual([])
  })

  test('a settlement that nobody heard of may not have come', () => {
    const history = begun().setLimits(one)
    history.lost('settle', { entries: [{ lease: lease(1, 'x'), settlement: completed }] })
    expect(atEnd(heldFor('concurrency', history))).toEqual([])
  })

  test('what was claimed in an answer that got lost, or before the history began, may be active', () => {
    const unseen = ended()
    unseen.lost('claim', claimInput('v'))
    expect(atEnd(heldFor('concurrency', unseen))).toEqual([])
    const older = heldFor('concurrency', ended())
    expect(g13(older)).toEqual([])
    const entries = [{ lease: lease(4, 'old'), settlement: completed }]
    expect(atEnd(older.call('settle', { entries }, [{ status: 'settled', state: 'completed' }]))).toEqual([])
    const unseenClaim = ended().claim({ claim: 2, recoveries: 1 }).settle(2, completed, 'completed')
    expect(atEnd(heldFor('concurrency', unseenClaim))).toEqual([])
    const reaped = heldFor('concurrency', ended())
    expect(atEnd(reaped.reap(4, { id: 'old' }))).toEqual([])
    const extended = (outcome: 'held' | 'lost'): HistoryBuilder => {
      const leases = [lease(4, 'old')]
      return heldFor('concurrency', ended()).call('extend', { leases, leaseMs: LEASE_MS }, [outcome])
    }
    expect(atEnd(extended('held'))).toEqual([])
    expect(atEnd(extended('lost'))).toHaveLength(1)
    const left = heldFor('concurrency', ended())
    left.snapshot([{ id: 'old', state: 'active', claims: 1 }])
    const event = left.events.at(-1) as unknown as { counts: object[] }
    event.counts = event.counts.map((counts) => ({ ...counts, limits: one }))
    expect(g13(left)).toEqual([])
  })
})
