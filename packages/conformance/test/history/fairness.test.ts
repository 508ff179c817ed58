import type { JobGroup, NameLimits } from '@goscheds/core'
import { describe, expect, test } from 'vitest'
import { claimInput, completed, HistoryBuilder, lease, retry } from './history-builder.js'

const g = (history: HistoryBuilder, guarantee: string): string[] =>
  history.broken().filter((text) => text.startsWith(`${guarantee} `))

/** A snapshot in which the name has no limits; of groups nothing is said without it. */
const open = (header = {}): HistoryBuilder => new HistoryBuilder(header).snapshot([{ id: 'x', state: 'scheduled' }])
const groupOf = (id: string, weight?: number): { group?: JobGroup } =>
  id.startsWith('-') ? {} : { group: { key: id.slice(0, 1), ...(weight !== undefined && { weight }) } }
const pushed = (ids: readonly string[], history = open(), weight?: number): HistoryBuilder => {
  for (const id of ids) history.push({ id, ...groupOf(id, weight) })
  return history
}
/** Claims these, one by one; those in a list of their own by one claim. */
const claimed = (history: HistoryBuilder, ids: readonly (string | readonly string[])[]): HistoryBuilder => {
  for (const id of ids) {
    const jobs = [id].flat().map((one) => history.claimed({ id: one, ...groupOf(one) }))
    history.call('claim', claimInput(), { jobs, more: false })
  }
  return history
}

describe('G11: no group starves', () => {
  const many = ['b1', 'b2', 'b3', 'b4', 'b5']

  test('while one has a ready job, each other is served twice at the most', () => {
    expect(g(claimed(pushed([...many, 'a1']), ['b1', 'b2', 'a1', 'b3', 'b4']), 'G11')).toEqual([])
    expect(g(claimed(pushed([...many, 'a1']), ['b1', 'b2', 'b3', 'a1']), 'G11')).toEqual([
      'G11 a1 11 12 13 14 15 16 17 18',
    ])
    expect(g(claimed(pushed(many), many), 'G11')).toEqual([])
    expect(g(claimed(pushed(['a1'], claimed(pushed(many), many)), ['a1']), 'G11')).toEqual([])
  })

  test('and not any more once it has been served', () => {
    const late = ['b1', 'a1', 'b2', 'b3', 'b4', 'b5']
    expect(g(claimed(pushed([...many, 'a1']), late), 'G11')).toEqual([])
    expect(g(claimed(pushed([...many, 'a1']), [late]), 'G11')).toEqual([])
  })

  test('each other for itself', () => {
    const others = ['b1', 'c1', 'd1', 'b2', 'c2', 'd2']
    expect(g(claimed(pushed([...others, 'a1']), [...others, 'a1']), 'G11')).toEqual([])
  })

  test('a turn of its own begins the count anew', () => {
    const ids = ['b1', 'b2', 'a1', 'b3', 'b4', 'a2']
    expect(g(claimed(pushed(ids.toSorted()), ids), 'G11')).toEqual([])
    const late = ['b1', 'a1', 'b2', 'b3', 'b4', 'a2']
    expect(g(claimed(pushed(late.toSorted()), late), 'G11')).toHaveLength(1)
  })

  test('one that is never served, too, and one that was claimed when nobody saw it', () => {
    expect(g(claimed(pushed([...many, 'a1']), many), 'G11')).toHaveLength(1)
    const unseen = pushed([...many, 'a1'])
    unseen.lost('claim', claimInput())
    expect(g(claimed(unseen, many), 'G11')).toEqual([])
    const cancelled = pushed([...many, 'a1']).call('cancel', { ids: ['a1'] }, [{ status: 'cancelled' }])
    expect(g(claimed(cancelled, many), 'G11')).toEqual([])
    const expiring = pushed(many).push({ id: 'a1', ...groupOf('a1'), expiresAt: 1 })
    expect(g(claimed(expiring, many), 'G11')).toEqual([])
    const unique = { key: 'k', until: 'finished', onConflict: 'replace' } as const
    expect(g(claimed(pushed(many).push({ id: 'a1', ...groupOf('a1'), unique }), many), 'G11')).toEqual([])
  })

  test('in the order of one claim', () => {
    expect(g(claimed(pushed([...many, 'a1']), [['b1', 'b2', 'a1', 'b3', 'b4']]), 'G11')).toEqual([])
    expect(g(claimed(pushed([...many, 'a1']), [['b1', 'b2', 'b3', 'a1']]), 'G11')).toHaveLength(1)
  })

  test('by the ratio of their weights, rounded up', () => {
    const heavy = (weight: number): HistoryBuilder => pushed(many, pushed(['a1']), weight)
    expect(g(claimed(heavy(2.5), ['b1', 'b2', 'b3', 'b4', 'a1']), 'G11')).toEqual([])
    expect(g(claimed(heavy(2.5), ['b1', 'b2', 'b3', 'b4', 'b5', 'a1']), 'G11')).toHaveLength(1)
    expect(g(claimed(heavy(2), ['b1', 'b2', 'b3', 'b4', 'a1']), 'G11')).toHaveLength(1)
    const light = pushed(many, pushed(['a1'], open(), 0.5))
    expect(g(claimed(light, ['b1', 'b2', 'b3', 'a1']), 'G11')).toEqual([])
  })

  test('what has no group is one of weight 1, but where a wait sets jobs aside', () => {
    const plain = ['-1', '-2', '-3']
    expect(g(claimed(pushed([...plain, 'a1']), [...plain, 'a1']), 'G11')).toHaveLength(1)
    expect(g(claimed(pushed([...plain, 'a1']), ['-1', '-2', 'a1', '-3']), 'G11')).toEqual([])
    expect(g(claimed(pushed(['-1', ...many]), ['b1', 'b2', 'b3', '-1']), 'G11')).toHaveLength(1)
    const aside = (): HistoryBuilder => open({ setsAside: true })
    expect(g(claimed(pushed([...plain, 'a1'], aside()), [...plain, 'a1']), 'G11')).toEqual([])
    expect(g(claimed(pushed(['-1', ...many], aside()), ['b1', 'b2', 'b3', '-1']), 'G11')).toEqual([])
  })

  test('a job that is not ready does not wait', () => {
    const later = pushed(many).push({ id: 'a1', ...groupOf('a1'), delayMs: 5 })
    expect(g(claimed(later, [...many, 'a1']), 'G11')).toEqual([])
  })

  test('claims under way together may have come in any order', () => {
    const history = claimed(pushed([...many, 'a1', 'a2']), ['b1', 'b2'])
    const call = history.begin('claim', claimInput('v'))
    claimed(history, ['b3', 'b4', 'b5'])
    history.answer(call, { jobs: [history.claimed({ id: 'a1', ...groupOf('a1') })], more: false })
    expect(g(history, 'G11')).toEqual([])
  })

  test('where groups may be at limits of their own nothing is said', () => {
    const starving = (history: HistoryBuilder): string[] =>
      g(claimed(pushed([...many, 'a1'], history), ['b1', 'b2', 'b3', 'a1']), 'G11')
    const perGroup: NameLimits = { perGroup: { concurrency: 1 } }
    expect(starving(open().setLimits(perGroup))).toEqual([])
    expect(starving(open().setLimits({ concurrency: 3 }))).toHaveLength(1)
    expect(starving(open().setLimits(perGroup).setLimits(null))).toHaveLength(1)
    expect(starving(new HistoryBuilder())).toEqual([])
    expect(starving(new HistoryBuilder().setLimits({ concurrency: 3 }))).toHaveLength(1)
    const perhaps = open()
    perhaps.lost('setLimits', { name: 'email', limits: perGroup })
    expect(starving(perhaps)).toEqual([])
    const lifted = open().setLimits(perGroup)
    lifted.lost('setLimits', { name: 'email', limits: null })
    expect(starving(lifted)).toEqual([])
  })

  test('limits that come in between begin the count anew', () => {
    const history = claimed(pushed([...many, 'a1']), ['b1', 'b2'])
    history.setLimits({ perGroup: { concurrency: 9 } }).setLimits(null)
    expect(g(claimed(history, ['b3', 'b4', 'a1']), 'G11')).toEqual([])
  })
})

describe('G10: first in, first out within a group', () => {
  test('and not across groups', () => {
    expect(g(claimed(pushed(['a1', 'a2']), ['a2', 'a1']), 'G10')).toHaveLength(1)
    expect(g(claimed(pushed(['a1', 'b1', '-1']), ['-1', 'b1', 'a1']), 'G10')).toEqual([])
    expect(g(claimed(pushed(['-1', '-2']), ['-2', '-1']), 'G10')).toHaveLength(1)
  })
})

describe('G10: an ordered group', () => {
  const inOrder: NameLimits = { perGroup: { concurrency: 1, ordered: true } }
  const begun = (limits: NameLimits | null = inOrder): HistoryBuilder =>
    claimed(pushed(['a1', 'a2'], new HistoryBuilder().setLimits(limits)), ['a1'])
  const back = (history: HistoryBuilder, delayMs = 500): HistoryBuilder => {
    const entries = [{ lease: lease(1, 'a1'), settlement: { ...retry, delayMs } }]
    return history.call('settle', { entries }, [{ status: 'settled', state: delayMs === 0 ? 'ready' : 'scheduled' }])
  }
  const next = (history: HistoryBuilder): string[] => g(claimed(history, ['a2']), 'G10')

  test('keeps the place of one that comes back, at once or later, or from the reaper', () => {
    expect(next(back(begun()))).toEqual(['G10 a2 0 1 6 7 8 9 10 11'])
    expect(next(back(begun(), 0))).toHaveLength(1)
    expect(next(begun().reap(1, { id: 'a1' }))).toHaveLength(1)
    expect(next(back(begun({ perGroup: { concurrency: 1 } })))).toEqual([])
  })

  test('does so from when on it is ordered, whoever comes after', () => {
    const since = new HistoryBuilder().setLimits(null).setLimits(inOrder)
    expect(next(back(claimed(pushed(['a1', 'a2'], since), ['a1'])))).toHaveLength(1)
    const three = claimed(pushed(['a3'], back(begun())), ['a2']).settle(1, completed, 'lost')
    const again = three.wait(500).claim({ id: 'a1', claim: 2, attempts: 1, ...groupOf('a1') })
    expect(g(claimed(again, ['a3']), 'G10')).toHaveLength(1)
  })

  test('does not wait for one that has ended, or is running again', () => {
    const entries = [{ lease: lease(1, 'a1'), settlement: completed }]
    expect(next(begun().call('settle', { entries }, [{ status: 'settled', state: 'completed' }]))).toEqual([])
    expect(next(begun().reap(1, { id: 'a1', outcome: 'dead' }))).toEqual([])
    expect(
      next(
        back(begun())
          .wait(500)
          .claim({ id: 'a1', claim: 2, attempts: 1, ...groupOf('a1') }),
      ),
    ).toEqual([])
    const unseen = back(begun())
    unseen.lost('claim', claimInput())
    expect(next(unseen)).toEqual([])
  })

  test('does not wait for one that was moved', () => {
    const moved = back(begun()).call('cancel', { ids: ['a1'] }, [{ status: 'cancelled' }])
    expect(next(moved)).toEqual([])
  })

  test('does not wait for one that may be parked behind its unique key', () => {
    const unique = { key: 'k', until: 'started', onConflict: 'ignore' } as const
    const history = new HistoryBuilder().setLimits(inOrder).push({ id: 'a1', ...groupOf('a1'), unique })
    expect(next(back(claimed(pushed(['a2'], history), ['a1'])))).toEqual([])
  })

  test('lets another go first that has come back as well', () => {
    const history = claimed(pushed(['a1', 'a2'], new HistoryBuilder()), ['a1', 'a2']).setLimits(inOrder)
    const entries = [{ lease: lease(1, 'a2'), settlement: retry }]
    back(history).call('settle', { entries }, [{ status: 'settled', state: 'ready' }])
    expect(g(history.claim({ id: 'a2', claim: 2, attempts: 1, ...groupOf('a2') }), 'G10')).toEqual([])
  })

  test('is one only while that is certain', () => {
    expect(next(back(begun()).setLimits(null))).toEqual([])
    expect(next(back(begun()).setLimits(null).setLimits(inOrder))).toEqual([])
    expect(next(back(begun()).setLimits(inOrder))).toHaveLength(1)
    const perhaps = begun()
    perhaps.lost('setLimits', { name: 'email', limits: null })
    expect(next(back(perhaps))).toEqual([])
    expect(next(back(begun(null)).setLimits(inOrder))).toEqual([])
  })

  test('is one of its name', () => {
    const fax = claimed(back(begun()), [])
    const job = { ...fax.claimed({ id: 'a2', ...groupOf('a2') }), name: 'fax' }
    expect(g(fax.call('claim', claimInput('w', 'fax'), { jobs: [job], more: false }), 'G10')).toEqual([])
    expect(g(claimed(pushed(['b1'], back(begun())), ['b1']), 'G10')).toEqual([])
  })
})
