import type { JobGroup, NameLimits, Settlement } from '@goscheds/core'
import { describe, expect, test } from 'vitest'
import { aPush, claimInput, completed, HistoryBuilder, lease, LEASE_MS } from './history-builder.js'

const aHistory = (): HistoryBuilder => new HistoryBuilder()
const two: NameLimits = { concurrency: 2 }
const onePerGroup: NameLimits = { perGroup: { concurrency: 1 } }

/** Jobs of these ids, and of the groups that their first letters name where that is asked for. */
function pushed(ids: readonly string[], history = aHistory(), isGrouped = false): HistoryBuilder {
  for (const id of ids) history.push({ id, ...(isGrouped && { group: { key: id.slice(0, 1) } }) })
  return history
}

function claimed(history: HistoryBuilder, ids: readonly string[], isGrouped = false): HistoryBuilder {
  for (const id of ids) history.claim({ id, ...(isGrouped && { group: { key: id.slice(0, 1) } }) })
  return history
}

function settled(history: HistoryBuilder, id: string, settlement: Settlement = completed): HistoryBuilder {
  const state = settlement.type === 'completed' ? 'completed' : 'ready'
  return history.call('settle', { entries: [{ lease: lease(1, id), settlement }] }, [{ status: 'settled', state }])
}

const g13 = (history: HistoryBuilder): string[] => history.broken().filter((text) => text.startsWith('G13'))

describe('G13: no more jobs of a name are active than its concurrency', () => {
  const begun = (limits: NameLimits | null): HistoryBuilder => pushed(['a', 'b', 'c'], aHistory().setLimits(limits))

  test('a claim above it breaks it, and one after an end does not', () => {
    expect(g13(claimed(begun(two), ['a', 'b', 'c']))).toEqual(['G13 c 0 1 8 9 10 11 12 13'])
    expect(g13(claimed(begun(two), ['a', 'b']))).toEqual([])
    expect(g13(claimed(settled(claimed(begun(two), ['a', 'b']), 'a'), ['c']))).toEqual([])
    expect(g13(claimed(begun(null), ['a', 'b', 'c']))).toEqual([])
    expect(g13(claimed(pushed(['a', 'b', 'c'], aHistory().setLimits(two, 'fax')), ['a', 'b', 'c']))).toEqual([])
  })

  test('the jobs of one claim count together', () => {
    const history = begun(two)
    const jobs = ['a', 'b', 'c'].map((id) => history.claimed({ id }))
    expect(g13(history.call('claim', claimInput(), { jobs, more: false }))).toEqual(['G13 c 0 1 8 9'])
  })

  test('two claims under way together exceed it as well', () => {
    const history = begun({ concurrency: 1 })
    const [first, second] = [history.begin('claim', claimInput('v')), history.begin('claim', claimInput('w'))]
    history.answer(first, { jobs: [history.claimed({ id: 'a' })], more: false })
    history.answer(second, { jobs: [history.claimed({ id: 'b' })], more: false })
    expect(g13(history)).toEqual(['G13 b 0 1 8 9 10 11'])
  })

  test('what has run out and was not reaped is active still', () => {
    const history = claimed(begun(two), ['a', 'b']).wait(LEASE_MS + 1)
    expect(g13(claimed(history, ['c']))).toHaveLength(1)
    const reaped = claimed(begun(two), ['a', 'b'])
      .wait(LEASE_MS + 1)
      .reap(1)
    expect(g13(claimed(reaped, ['c']))).toEqual([])
  })

  test('a settlement or a reap that nobody heard of may have freed the slot', () => {
    const settling = claimed(begun(two), ['a', 'b'])
    settling.lost('settle', { entries: [{ lease: lease(), settlement: completed }] })
    expect(g13(claimed(settling, ['c']))).toEqual([])
    const reaping = (afterMs: number): HistoryBuilder => {
      const history = claimed(begun(two), ['a', 'b'])
      history.lost('reap', { limit: 10, maxRecoveries: 3 })
      return claimed(history.wait(afterMs), ['c'])
    }
    expect(g13(reaping(LEASE_MS))).toEqual([])
    expect(g13(reaping(LEASE_MS - 1))).toHaveLength(1)
  })

  test('what is active when it is lowered stays, and nothing more begins', () => {
    const lowered = (): HistoryBuilder => claimed(begun(null), ['a', 'b']).setLimits({ concurrency: 1 })
    expect(g13(lowered())).toEqual([])
    expect(g13(claimed(lowered(), ['c']))).toHaveLength(1)
    expect(g13(claimed(settled(lowered(), 'a'), ['c']))).toHaveLength(1)
    expect(g13(claimed(settled(settled(lowered(), 'a'), 'b'), ['c']))).toEqual([])
  })

  test('of changes under way together, and of one whose answer was lost, the laxer counts', () => {
    const lost = begun({ concurrency: 1 })
    lost.lost('setLimits', { name: 'email', limits: two })
    expect(g13(claimed(lost, ['a', 'b']))).toEqual([])
    const together = pushed(['a', 'b'])
    const [strict, lax] = [{ concurrency: 1 }, two].map((limits) =>
      together.begin('setLimits', { name: 'email', limits }),
    )
    together.add({ type: 'ok', call: lax }).add({ type: 'ok', call: strict })
    expect(g13(claimed(together, ['a', 'b']))).toEqual([])
    const after = pushed(['a', 'b']).setLimits(two).setLimits({ concurrency: 1 })
    expect(g13(claimed(after, ['a', 'b']))).toHaveLength(1)
  })

  test('a claim that was under way at the change may have come before', () => {
    const history = pushed(['a', 'b'])
    const call = history.begin('claim', claimInput())
    history.setLimits({ concurrency: 1 })
    const jobs = ['a', 'b'].map((id) => history.claimed({ id }))
    expect(g13(history.answer(call, { jobs, more: false }))).toEqual([])
  })

  test('whatever the order in which they were pushed', () => {
    const backwards = pushed(['a', 'b'], aHistory().setLimits({ concurrency: 1 }))
    expect(g13(claimed(settled(claimed(backwards, ['b']), 'b'), ['a']))).toEqual([])
    const forwards = pushed(['a', 'b'], aHistory().setLimits({ concurrency: 1 }))
    expect(g13(claimed(settled(claimed(forwards, ['a']), 'a'), ['b']))).toEqual([])
  })

  test('one that was handed out twice is one', () => {
    const history = claimed(begun(two), ['a', 'a', 'b'])
    expect(g13(history)).toEqual([])
  })
})

describe('G13: no more jobs of a group are active than its concurrency', () => {
  test('each group for itself', () => {
    const begun = (): HistoryBuilder => pushed(['a1', 'a2', 'b1'], aHistory().setLimits(onePerGroup), true)
    expect(g13(claimed(begun(), ['a1', 'b1', 'a2'], true))).toEqual(['G13 a2 0 1 8 9 12 13'])
    expect(g13(claimed(begun(), ['a1', 'b1'], true))).toEqual([])
    expect(g13(claimed(settled(claimed(begun(), ['a1'], true), 'a1'), ['a2'], true))).toEqual([])
  })

  test('what has no group is held by the name only', () => {
    expect(g13(claimed(pushed(['a1', 'a2'], aHistory().setLimits(onePerGroup)), ['a1', 'a2']))).toEqual([])
  })
})

describe('G13: no more jobs begin than the rate allows', () => {
  const rate = { limit: 1, perMs: 1_000, burst: 2 }
  /** A claim each so many milliseconds after the one before. */
  const claims = (waits: readonly number[], limits: NameLimits | null = { rate }): HistoryBuilder => {
    const history = aHistory().setLimits(limits)
    waits.forEach((ms, index) => claimed(history.wait(ms), [`a${index}`], true))
    return history
  }

  test('neither above the burst nor above what comes in the meantime', () => {
    expect(g13(claims([0, 0]))).toEqual([])
    expect(g13(claims([0, 0, 998]))).toEqual(['G13 a2 0 1 2 3 4 5 6 7'])
    // A clock that counts fractions may have come as far.
    expect(g13(claims([0, 0, 999]))).toEqual([])
    expect(g13(claims([0, 0, 1_000]))).toEqual([])
    expect(g13(claims([0, 0, 1_000, 1_000, 1_000, 500]))).toHaveLength(1)
    expect(g13(claims([0, 0, 5_000, 0, 500]))).toHaveLength(1)
    expect(g13(claims([0, 0, 5_000, 0, 1_000]))).toEqual([])
  })

  test('of each group for itself', () => {
    const perGroup = { perGroup: { rate } }
    expect(g13(claims([0, 0, 500], perGroup))).toHaveLength(1)
    const history = aHistory().setLimits(perGroup)
    expect(g13(claimed(history, ['a1', 'b1', 'a2', 'b2'], true))).toEqual([])
    expect(g13(claimed(history, ['b3'], true))).toEqual(['G13 b3 0 1 4 5 8 9 10 11'])
  })

  test('by what the store says of when it was', () => {
    const slow = (claimedAt: number): HistoryBuilder => {
      const history = claims([0, 0])
      const call = history.begin('claim', claimInput())
      return history.wait(1_500).answer(call, { jobs: [history.claimed({ id: 'c', claimedAt })], more: false })
    }
    expect(g13(slow(500))).toHaveLength(1)
    expect(g13(slow(1_000))).toEqual([])
    // Out of the time of the call it cannot be.
    expect(g13(slow(-500))).toEqual([])
  })

  test('in the order in which they took effect', () => {
    /** Under way from the beginning, beside claims at 1,000. */
    const beside = (claimedAt: number, before: number): string[] => {
      const history = aHistory().setLimits({ rate })
      const call = history.begin('claim', claimInput('v'))
      claimed(history, ['b', 'c', 'd'].slice(0, before))
      claimed(history.wait(1_000), ['e', 'f'])
      return g13(history.answer(call, { jobs: [history.claimed({ id: 'a', claimedAt })], more: false }))
    }
    expect(beside(0, 0)).toEqual([])
    expect(beside(1_000, 0)).toHaveLength(1)
    expect(beside(1_000, 1)).toHaveLength(1)
    // At some time of the call it was, and at its beginning it may have been.
    expect(beside(-1, 0)).toEqual([])
  })

  test('of another name nothing counts', () => {
    const history = aHistory().setLimits({ rate })
    for (const id of ['a', 'b', 'c']) {
      const jobs = [history.claimed({ id, name: 'fax' })]
      history.call('claim', claimInput('w', 'fax'), { jobs, more: false })
    }
    expect(g13(history)).toEqual([])
    expect(g13(claimed(history, ['d', 'e']))).toEqual([])
  })

  test('a change of the rate may give tokens, and the same one again does not', () => {
    const again = (limits: NameLimits | null): HistoryBuilder =>
      claimed(claims([0, 0]).setLimits(limits).setLimits({ rate }), ['b1', 'b2'], true)
    expect(g13(again(null))).toEqual([])
    expect(g13(again({ rate: { ...rate, limit: 5 } }))).toEqual([])
    expect(g13(again({ rate, concurrency: 9 }))).toHaveLength(1)
  })

  test('where another rate may be in force nothing is said', () => {
    const history = aHistory().setLimits({ rate })
    history.lost('setLimits', { name: 'email', limits: null })
    expect(g13(claimed(history, ['a', 'b', 'c', 'd']))).toEqual([])
  })
})

describe('G13: limits are shown as they were set', () => {
  test('in a snapshot', () => {
    const shown = (limits: NameLimits | undefined): string[] => {
      const history = aHistory()
        .push()
        .setLimits({ concurrency: 2, perGroup: { concurrency: 1, ordered: true } })
      history.snapshot([{}])
      const event = history.events.at(-1) as unknown as { counts: object[] }
      event.counts = event.counts.map((counts) => ({ ...counts, ...(limits && { limits }) }))
      return g13(history)
    }
    expect(shown({ perGroup: { ordered: true, concurrency: 1 }, concurrency: 2 })).toEqual([])
    expect(shown({ concurrency: 2, perGroup: { concurrency: 1 } })).toEqual(['G13 - 2 3 4'])
    expect(shown(undefined)).toEqual(['G13 - 2 3 4'])
    expect(g13(aHistory().setLimits(two, 'fax').snapshot([{}]))).toEqual([])
    const perhaps = aHistory()
    perhaps.lost('setLimits', { name: 'email', limits: two })
    expect(g13(perhaps.snapshot([{}]))).toEqual([])
  })
})

describe('what is limited', () => {
  test('is not late by what was asked for (G9)', () => {
    const late = (history: HistoryBuilder): string[] => {
      const begun = history.claim({ executeAt: 0 }).start()
      return begun.broken({ maxLatenessMs: 100 }).filter((text) => text.startsWith('G9'))
    }
    const healthy = (): HistoryBuilder => aHistory().add({ type: 'healthy' }).push()
    expect(late(healthy().setLimits({ concurrency: 1 }).wait(500))).toEqual([])
    expect(late(healthy().setLimits({ concurrency: 1 }, 'fax').wait(500))).toHaveLength(1)
    expect(late(healthy().setLimits(null).wait(500))).toHaveLength(1)
    const before = (last: NameLimits | null): HistoryBuilder =>
      aHistory().setLimits({ concurrency: 1 }).setLimits(last).add({ type: 'healthy' }).push().wait(500)
    expect(late(before(null))).toHaveLength(1)
    expect(late(before(two))).toEqual([])
    const held = { type: 'released', delayMs: 0, holdNameMs: 300 } as const
    const onHold = (waitMs: number): HistoryBuilder =>
      settled(claimed(pushed(['x']), ['x']), 'x', held)
        .wait(waitMs)
        .add({ type: 'healthy' })
        .push()
        .wait(500)
    expect(late(onHold(0))).toEqual([])
    expect(late(onHold(400))).toHaveLength(1)
    const perhaps = healthy()
    perhaps.lost('setLimits', { name: 'email', limits: two })
    expect(late(perhaps.wait(500))).toEqual([])
    const lifted = aHistory().setLimits(two)
    lifted.lost('setLimits', { name: 'email', limits: null })
    expect(late(lifted.add({ type: 'healthy' }).push().wait(500))).toEqual([])
    const lost = claimed(pushed(['x']), ['x'])
    lost.lost('settle', { entries: [{ lease: lease(1, 'x'), settlement: held }] })
    expect(late(lost.add({ type: 'healthy' }).push().wait(500))).toEqual([])
  })

  test('may be left ready in a drained snapshot where it is on hold, or its ordered group waits for another (G7)', () => {
    const left = (history: HistoryBuilder, group?: JobGroup): string[] => {
      const job = { state: 'ready', ...(group && { group }) } as const
      return history
        .snapshot([job], true)
        .broken()
        .filter((text) => text.startsWith('G7'))
    }
    const grouped = (limits: NameLimits): HistoryBuilder =>
      aHistory()
        .call('enqueue', { jobs: [aPush({ group: { key: 'g' } })] }, [{ status: 'added', id: 'a' }])
        .setLimits(limits)
    expect(left(grouped({ perGroup: { concurrency: 1, ordered: true } }), { key: 'g' })).toEqual([])
    expect(left(grouped({ perGroup: { concurrency: 1, ordered: true } }))).toHaveLength(1)
    expect(left(grouped({ perGroup: { concurrency: 1 } }), { key: 'g' })).toHaveLength(1)
    const held = { type: 'released', delayMs: 0, holdNameMs: 300 } as const
    const onHold = (waitMs: number): HistoryBuilder =>
      settled(claimed(pushed(['x', 'a']), ['x']), 'x', held).wait(waitMs)
    expect(left(onHold(299))).toEqual([])
    expect(left(onHold(300))).toHaveLength(1)
    const lost = claimed(pushed(['x', 'a']), ['x'])
    lost.lost('settle', { entries: [{ lease: lease(1, 'x'), settlement: held }] })
    expect(left(lost.wait(300))).toEqual([])
  })
})
