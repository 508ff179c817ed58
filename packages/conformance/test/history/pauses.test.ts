import { describe, expect, test } from 'vitest'
import { claimInput, HistoryBuilder } from './history-builder.js'

const aHistory = (): HistoryBuilder => new HistoryBuilder()
const pushed = (): HistoryBuilder => aHistory().push()
const email = ['email']
const held = { jobs: [], more: false, held: 'paused' } as const
const nothing = { jobs: [], more: false }

describe('G13: what is paused is not handed out', () => {
  test('a claim after a pause of the name or of the namespace breaks it', () => {
    expect(pushed().setPaused(true, email).claim().broken()).toEqual(['G13 a 2 3 4 5'])
    expect(pushed().setPaused(true).claim().broken()).toEqual(['G13 a 2 3 4 5'])
    expect(pushed().setPaused(true, ['fax']).claim().broken()).toEqual([])
    expect(pushed().setPaused(true).call('claim', claimInput(), held).broken()).toEqual([])
  })

  test('only a resume of the same kind lifts it', () => {
    expect(pushed().setPaused(true, email).setPaused(false, ['fax', 'email']).claim().broken()).toEqual([])
    expect(pushed().setPaused(true).setPaused(false).claim().broken()).toEqual([])
    expect(pushed().setPaused(true, email).setPaused(false).claim().broken()).toEqual(['G13 a 2 3 6 7'])
    expect(pushed().setPaused(true).setPaused(false, email).claim().broken()).toEqual(['G13 a 2 3 6 7'])
    expect(pushed().setPaused(true, email).setPaused(false, ['fax']).claim().broken()).toEqual(['G13 a 2 3 6 7'])
    const both = pushed().setPaused(true).setPaused(true, email).setPaused(false, email)
    expect(both.claim().broken()).toEqual(['G13 a 2 3 8 9'])
  })

  test('a pause may not have come, and a resume may have, when its reply was lost', () => {
    const perhaps = pushed()
    perhaps.lost('setPaused', { paused: true })
    expect(perhaps.claim().broken()).toEqual([])
    const lifted = pushed().setPaused(true)
    lifted.lost('setPaused', { paused: false })
    expect(lifted.claim().broken()).toEqual([])
    const copy = pushed()
    copy.begin('setPaused', { paused: false })
    expect(copy.setPaused(true).claim().broken()).toEqual([])
  })

  test('a resume that was over before the pause lifts nothing', () => {
    expect(pushed().setPaused(false).setPaused(true).claim().broken()).toEqual(['G13 a 4 5 6 7'])
  })

  test('a claim that was under way at the pause may have come before', () => {
    const history = pushed()
    const call = history.begin('claim', claimInput())
    history.setPaused(true).answer(call, { jobs: [history.claimed()], more: false })
    expect(history.broken()).toEqual([])
  })
})

describe('G13: what is not paused is not held', () => {
  const open = (): HistoryBuilder => pushed().call('claim', claimInput('w2'), nothing)
  const claimHeld = (history: HistoryBuilder): string[] => history.call('claim', claimInput(), held).broken()

  test('a claim that is held after the resume breaks it', () => {
    expect(claimHeld(open().setPaused(true).setPaused(false))).toEqual(['G13 - 2 3 8 9'])
    expect(claimHeld(open().setPaused(true))).toEqual([])
    expect(claimHeld(open().setPaused(true, ['fax']))).toEqual(['G13 - 2 3 6 7'])
    expect(claimHeld(open().setPaused(true, email).setPaused(false))).toEqual([])
  })

  test('a pause whose reply was lost may be in force, and a resume may not have come', () => {
    const perhaps = open().setPaused(true).setPaused(false)
    perhaps.lost('setPaused', { paused: true })
    expect(claimHeld(perhaps)).toEqual([])
    const resumed = open().setPaused(true)
    resumed.lost('setPaused', { paused: false })
    expect(claimHeld(resumed)).toEqual([])
  })

  test('it may have been paused before the history began', () => {
    expect(claimHeld(pushed().setPaused(false, email))).toEqual([])
  })
})

describe('what is paused in a snapshot', () => {
  test('may be left there, until it is resumed', () => {
    const left = (history: HistoryBuilder, state: 'ready' | 'active' = 'ready'): string[] =>
      history
        .snapshot([{ state }], true)
        .broken()
        .filter((text) => text.startsWith('G7'))
    expect(left(pushed().setPaused(true))).toEqual([])
    expect(left(pushed().setPaused(true, email))).toEqual([])
    expect(left(pushed().setPaused(true), 'active')).toEqual(['G7 a 0 1 4'])
    expect(left(pushed().setPaused(true, ['fax']))).toEqual(['G7 a 0 1 4'])
    expect(left(pushed().setPaused(true).setPaused(false))).toEqual(['G7 a 0 1 6'])
  })

  test('is shown so (G13)', () => {
    expect(pushed().setPaused(true).snapshot([{}]).broken()).toEqual(['G13 - 2 3 4'])
    expect(pushed().setPaused(true).setPaused(false).snapshot([{}]).broken()).toEqual([])
  })

  test('is not late by what was asked for (G9)', () => {
    const late = (history: HistoryBuilder): string[] =>
      history
        .claim({ executeAt: 0 })
        .start()
        .broken({ maxLatenessMs: 100 })
        .filter((text) => text.startsWith('G9'))
    const healthy = (): HistoryBuilder => aHistory().add({ type: 'healthy' }).push()
    expect(late(healthy().setPaused(true).wait(500).setPaused(false))).toEqual([])
    expect(late(healthy().setPaused(true, ['fax']).wait(500))).toHaveLength(1)
    const before = aHistory().setPaused(true).setPaused(false).add({ type: 'healthy' }).push()
    expect(late(before.wait(500))).toHaveLength(1)
  })
})
