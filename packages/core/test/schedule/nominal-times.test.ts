import { describe, expect, it, vi } from 'vitest'
import { NominalTimes } from '../../src/schedule/nominal-times.js'

const MINUTE = 60_000
const at = (text: string): number => Date.parse(`2024-01-01T${text}Z`)

describe('the times of an interval', () => {
  it('count from the epoch, shifted by the phase, before the epoch too', () => {
    const times = new NominalTimes({ everyMs: 1_000, phaseMs: 300 })
    const after = (instant: number) => times.after(instant)
    expect([299, 300, 1_299, -1, -700, -701].map(after)).toEqual([300, 1_300, 1_300, 300, 300, -700])
  })

  it('are those from startAt to endAt, both included', () => {
    const times = new NominalTimes({ everyMs: 1_000, startAt: 2_000, endAt: 4_000 })
    expect(times.firstAfter(-Infinity, 10)).toEqual([2_000, 3_000, 4_000])
    expect(times.firstAfter(2_000, 1)).toEqual([3_000])
    expect(times.after(4_000)).toBeNull()
  })

  it('are looked for no further than asked', () => {
    const times = new NominalTimes({ everyMs: 1_000 })
    expect(times.firstAfter(2_000, 10, 4_000)).toEqual([3_000, 4_000])
    expect(times.firstAfter(2_000, 10, 2_999)).toEqual([])
    const asked = vi.spyOn(times, 'after')
    times.firstAfter(2_000, 10, 4_000)
    times.firstAfter(2_000, 3)
    expect(asked).toHaveBeenCalledTimes(3 + 3)
  })

  it('end before the end of all dates', () => {
    const times = new NominalTimes({ everyMs: 1_000 })
    expect(times.after(8.64e15 - 1)).toBeNull()
  })
})

describe.each([
  ['an interval', { everyMs: MINUTE }],
  ['a cron expression', { cron: '* * * * *' }],
])('of %s', (_, timing) => {
  const times = new NominalTimes({ ...timing, endAt: at('12:00:30') })

  it.each([
    ['00:00:00', '00:00:00', '00:00:00'],
    ['00:00:00', '00:00:59', '00:00:00'],
    ['00:00:00', '00:01:00', '00:01:00'],
    ['00:00:00', '07:31:59', '07:31:00'],
    ['00:00:00', '23:00:00', '12:00:00'],
    ['05:00:00', '04:00:00', '05:00:00'],
  ])('the last from %s to %s is %s', (from, until, last) => {
    expect(times.last(at(from), at(until))).toBe(at(last))
  })

  it.each([
    ['00:00:00', '00:00:00', 0],
    ['00:00:00', '00:00:01', 1],
    ['00:00:00', '00:01:00', 1],
    ['00:00:00', '01:00:00', 60],
    ['01:00:00', '00:00:00', 0],
  ])('from %s to before %s there are %i', (from, to, count) => {
    expect(times.count(at(from), at(to))).toBe(count)
  })
})

describe('of a rare cron expression', () => {
  const times = new NominalTimes({ cron: '0 0 29 2 *', timeZone: 'Europe/Paris' })

  it('the last is found over many years', () => {
    const from = Date.parse('2024-02-28T23:00:00Z')
    expect(new Date(times.last(from, Date.parse('2051-01-01T00:00:00Z'))).toISOString()).toBe(
      '2048-02-28T23:00:00.000Z',
    )
    expect(times.count(from, Date.parse('2051-01-01T00:00:00Z'))).toBe(7)
  })
})
