import { describe, expect, it } from 'vitest'
import { ManualClock } from '@goscheds/memory'
import { systemRuntime } from '../../src/index.js'
import { idSource, STARTS } from '../../src/runtime/job-id.js'

describe('a job id', () => {
  it('has 14 letters and digits', () => {
    expect(systemRuntime.newId()).toMatch(/^[0-9A-Za-z]{14}$/)
    expect(new ManualClock().newId()).toMatch(/^[0-9A-Za-z]{14}$/)
  })

  it('sorts by the time of its making, to a tenth of a second, whoever made it', () => {
    const times = [0, 100, 6_100, 6_200, 384_300, 384_400, 1_700_000_000_000, 1_700_000_000_100, 5_680_000_000_000]
    const ids = times.map((time) => idSource(Math.floor(Math.random() * STARTS))(time))
    expect([...ids].sort()).toEqual(ids)
  })

  it('of one source sorts by the order of making', () => {
    const makeId = idSource(62 ** 4 - 5)
    const ids = Array.from({ length: 1_000 }, (_, n) => makeId(Math.floor(n / 100) * 50))
    expect([...ids].sort()).toEqual(ids)
  })

  it('is unique over 200,000 made in the same moment', () => {
    expect(new Set(Array.from({ length: 200_000 }, () => systemRuntime.newId())).size).toBe(200_000)
    const clock = new ManualClock()
    expect(new Set(Array.from({ length: 200_000 }, () => clock.newId())).size).toBe(200_000)
  })

  it('is unique also when the clock goes back, or is before its time', () => {
    const makeId = idSource(0)
    const times = [1_000, 1_000, 900, 0, 1_000, 1_099, 1_100, 1_000, 1_100, -5, 1_200]
    expect(new Set(times.map(makeId)).size).toBe(times.length)
  })

  it('begins anew when it has counted to its end', () => {
    const makeId = idSource(STARTS - 1)
    expect([makeId(0), makeId(0)]).toEqual(['000000zzzzzzzz', '00000000000000'])
  })

  it('of a clock without a seed is that of no other', () => {
    const clocks = Array.from({ length: 1_000 }, () => new ManualClock())
    expect(new Set(clocks.map((clock) => clock.newId())).size).toBe(1_000)
  })

  it('is the same again of a clock with a seed', () => {
    const ids = [1, 1, 2].map((seed) => new ManualClock({ seed }).newId())
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).not.toBe(ids[2])
  })
})
