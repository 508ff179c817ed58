import { describe, expect, it } from 'vitest'
import { parseCron } from '../../src/schedule/cron.js'
import { daylight, type Stretch, type Time } from './wall-clock.js'

const HOUR = 60
const DAY = 24 * HOUR

/** A pattern as a cron expression, and again as what it says, so that nothing of the implementation is used to check it. */
interface Pattern {
  readonly cron: string
  readonly fixed: boolean
  readonly matches: (time: Time) => boolean
}

function fixed(...of: readonly Time[]): Pattern {
  const [first, ...others] = of
  if (first === undefined || others.some(({ hour }) => hour !== first.hour)) throw new Error('of one hour')
  return {
    cron: `${of.map(({ minute }) => minute).join(',')} ${first.hour} * * *`,
    fixed: true,
    matches: ({ hour, minute }) => of.some((one) => one.hour === hour && one.minute === minute),
  }
}

const INTERVALS: readonly Pattern[] = [
  { cron: '* * * * *', fixed: false, matches: () => true },
  { cron: '*/15 * * * *', fixed: false, matches: ({ minute }) => minute % 15 === 0 },
  { cron: '0 * * * *', fixed: false, matches: ({ minute }) => minute === 0 },
  { cron: '0 0-23/2 * * *', fixed: false, matches: ({ hour, minute }) => hour % 2 === 0 && minute === 0 },
]
const MIDNIGHT = fixed({ hour: 0, minute: 0 })

/** Those that are at home everywhere, and some for the times that this stretch skips or repeats. */
function patternsFor({ odd }: Stretch): Pattern[] {
  const middle = odd[Math.floor(odd.length / 2)] ?? { hour: 2, minute: 30, day: 1 }
  const { hour, minute, day } = middle
  return [
    ...INTERVALS,
    MIDNIGHT,
    fixed(middle),
    fixed({ ...middle, minute: 5 }, { ...middle, minute: 25 }, { ...middle, minute: 55 }),
    { cron: `*/10 ${hour} * * *`, fixed: false, matches: (time) => time.hour === hour && time.minute % 10 === 0 },
    {
      cron: `${minute} ${hour} ${day} * *`,
      fixed: true,
      matches: (time) => time.hour === hour && time.minute === minute && time.day === day,
    },
  ]
}

/** The rules as they are stated, minute by minute. Instants and wall clocks are in minutes. */
function firesBy(pattern: Pattern, { start, walls, timeOf }: Stretch): number[] {
  const fires = new Set<number>()
  if (!pattern.fixed) {
    walls.forEach((wall, index) => pattern.matches(timeOf(wall)) && fires.add(start + index))
    return [...fires]
  }
  const shown = new Map<number, number>()
  walls.forEach((wall, index) => shown.has(wall) || shown.set(wall, index))
  const last = Math.max(...walls)
  for (let wall = Math.min(...walls); wall <= last; wall++) {
    if (!pattern.matches(timeOf(wall))) continue
    const index =
      shown.get(wall) ?? walls.findIndex((later, at) => at > 0 && later > wall && Number(walls[at - 1]) < wall)
    fires.add(start + index)
  }
  return [...fires].sort((a, b) => a - b)
}

function expectFires(pattern: Pattern, stretch: Stretch): void {
  const { next } = parseCron(pattern.cron, stretch.timeZone)
  const expected = firesBy(pattern, stretch)
  const end = stretch.start + stretch.walls.length
  const found: number[] = []
  for (let at = next(stretch.start * 60_000 - 1); at !== null && at < end * 60_000; at = next(at))
    found.push(at / 60_000)
  expect(found, `${pattern.cron} around ${stretch.name}`).toEqual(expected)
  // From times in between, not only from one fire to the next.
  const wrong: number[] = []
  for (let from = stretch.start, index = 0; from < end; from += 43) {
    while (Number(expected[index]) <= from) index++
    if (index < expected.length && next(from * 60_000) !== Number(expected[index]) * 60_000) wrong.push(from)
  }
  expect(wrong, `${pattern.cron} around ${stretch.name}, from other times`).toEqual([])
}

describe.each([
  ['America/New_York', 14],
  ['Europe/London', 14],
  ['Australia/Lord_Howe', 14],
  ['Africa/Cairo', 14],
  ['America/Santiago', 14],
  ['Asia/Beirut', 14],
  ['America/Havana', 14],
  ['Pacific/Chatham', 14],
  // Its clock goes back for Ramadan, which comes twice in 2030.
  ['Africa/Casablanca', 15],
  ['Antarctica/Troll', 14],
])('in %s', (timeZone, count) => {
  const stretches = daylight(timeZone, Date.UTC(2024, 0, 1), Date.UTC(2031, 0, 1))

  it('there are changes of the clock to look at', () => {
    expect(stretches).toHaveLength(count)
    expect(stretches.every(({ odd }) => odd.length >= 30)).toBe(true)
  })

  it('cron fires by the stated rules around each change of the clock from 2024 to 2030', () => {
    for (const stretch of stretches) for (const pattern of patternsFor(stretch)) expectFires(pattern, stretch)
  })
})

describe('where a zone has moved', () => {
  it.each([
    ['over the date line, so that a day was skipped', 'Pacific/Apia', '2011-12-29', '2012-01-02', DAY],
    ['back over it, so that a day came twice', 'Pacific/Kwajalein', '1969-09-28', '1969-10-04', 23 * HOUR],
    ['forward by half an hour', 'Asia/Pyongyang', '2018-05-01', '2018-05-08', HOUR / 2],
  ])('%s, cron fires by the same rules', (_, timeZone, from, to, moved) => {
    const [stretch, ...others] = daylight(timeZone, Date.parse(from), Date.parse(to))
    expect([stretch?.odd.length, others]).toEqual([moved, []])
    if (stretch !== undefined) for (const pattern of patternsFor(stretch)) expectFires(pattern, stretch)
  })
})
