import { describe, expect, test } from 'vitest'
import { HistoryBuilder, lease, LEASE_MS, retry } from './history-builder.js'

const released = { type: 'released', delayMs: 0 } as const

describe('G13: no more handlers at once than declared', () => {
  const started = (): HistoryBuilder => new HistoryBuilder().process('started', { concurrency: { email: 1 } })
  const other = { lease: lease(1, 'b') }

  test('a second handler beside the one that may run breaks it', () => {
    expect(started().start().start(1, other).broken()).toEqual(['G13 b 0 1 2'])
    expect(started().start().end().start(1, other).broken()).toEqual([])
  })

  test('each name and each process has its own', () => {
    expect(
      started()
        .start()
        .start(1, { lease: { ...lease(1, 'b'), name: 'fax' } })
        .broken(),
    ).toEqual([])
    expect(started().start().start(1, other, 'w2').broken()).toEqual([])
  })

  test('a handler that is settled while it runs has lost its slot', () => {
    const settled = started().start().start(1, other).settle(1, released, 'lost').end()
    expect(settled.broken()).toEqual([])
    expect(started().start().start(1, other).end().settle(1, released, 'lost').broken()).toEqual(['G13 b 0 1 2'])
  })
})

describe('G16: nothing is left of what has stopped', () => {
  const stopped = (): HistoryBuilder => new HistoryBuilder().process('stopped', { role: 'worker' })

  test('a call after the stop breaks it', () => {
    expect(stopped().call('leave', { worker: 'w' }, undefined).broken()).toEqual(['G16 - 0 1'])
    expect(stopped().call('leave', { worker: 'w2' }, undefined, 'w2').broken()).toEqual([])
  })

  test('a call after a stop that gave up waiting for the store does not', () => {
    const hanging = new HistoryBuilder()
    const call = hanging.begin('settle', { entries: [{ lease: lease(), settlement: retry }] })
    hanging.process('stopped').answer(call, [{ status: 'lost' }])
    expect(hanging.call('leave', { worker: 'w' }, undefined).broken()).toEqual([])
    const failing = new HistoryBuilder()
    failing.lost('leave', { worker: 'w' }).process('stopped')
    expect(failing.call('leave', { worker: 'w' }, undefined).broken()).toEqual([])
  })

  test('a handler that begins after the stop breaks it', () => {
    expect(stopped().start().broken()).toEqual(['G16 a 0 1'])
  })

  test('a lease that is left breaks it, unless nobody knows how it ended', () => {
    const active = [{ state: 'active', claims: 1 }] as const
    const claimed = (): HistoryBuilder => new HistoryBuilder().push().claim()
    expect(claimed().process('stopped').snapshot(active).broken()).toEqual(['G16 a 2 3 4 5'])
    expect(claimed().snapshot(active).process('stopped').broken()).toEqual([])
    const perhaps = claimed()
    perhaps.lost('settle', { entries: [{ lease: lease(), settlement: released }] }).process('stopped')
    expect(perhaps.snapshot(active).broken()).toEqual([])
    const another = claimed().process('stopped').wait(LEASE_MS).reap(1).claim({ claim: 2, recoveries: 1 }, 'w2')
    expect(another.snapshot([{ state: 'active', claims: 2, recoveries: 1 }]).broken()).toEqual([])
  })
})
