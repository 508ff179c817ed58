import { afterEach, describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.js'
import { parseCron } from '../../src/schedule/cron.js'
import { checkTimeZone } from '../../src/schedule/zone.js'

const FROM = '2026-01-01T00:00:00Z'

/** The first `count` times after `from`, in UTC. */
function times(expression: string, timeZone: string, from: string, count: number): string[] {
  const cron = parseCron(expression, timeZone)
  const found: string[] = []
  for (let at = cron.next(Date.parse(from)); at !== null && found.length < count; at = cron.next(at)) {
    found.push(new Date(at).toISOString().replace(':00.000Z', 'Z').replace('.000Z', 'Z'))
  }
  return found
}

describe('a cron expression', () => {
  it.each([
    ['30 9 * * *', ['2026-01-01T09:30Z', '2026-01-02T09:30Z']],
    ['15 30 9 * * *', ['2026-01-01T09:30:15Z', '2026-01-02T09:30:15Z']],
    ['*/20 * * * * *', ['2026-01-01T00:00:20Z', '2026-01-01T00:00:40Z']],
    ['5/20 * * * *', ['2026-01-01T00:05Z', '2026-01-01T00:25Z', '2026-01-01T00:45Z', '2026-01-01T01:05Z']],
    ['0 9-17/4 * * *', ['2026-01-01T09:00Z', '2026-01-01T13:00Z', '2026-01-01T17:00Z', '2026-01-02T09:00Z']],
    ['0 0 1 jan,Jul *', ['2026-07-01T00:00Z', '2027-01-01T00:00Z']],
    ['0 0 * NOV-12 mon-Wed', ['2026-11-02T00:00Z', '2026-11-03T00:00Z', '2026-11-04T00:00Z', '2026-11-09T00:00Z']],
    ['0 0 ? * FRI-SUN', ['2026-01-02T00:00Z', '2026-01-03T00:00Z', '2026-01-04T00:00Z', '2026-01-09T00:00Z']],
    ['0 0 * * 7', ['2026-01-04T00:00Z', '2026-01-11T00:00Z']],
    ['0 0 * * 7/2', ['2026-01-04T00:00Z', '2026-01-11T00:00Z']],
    ['0 0 * * MON/2', ['2026-01-02T00:00Z', '2026-01-05T00:00Z', '2026-01-07T00:00Z', '2026-01-09T00:00Z']],
    ['0 0 L * ?', ['2026-01-31T00:00Z', '2026-02-28T00:00Z']],
    ['0 0 15,L * *', ['2026-01-15T00:00Z', '2026-01-31T00:00Z', '2026-02-15T00:00Z']],
    ['0 0 LW * *', ['2026-01-30T00:00Z', '2026-02-27T00:00Z', '2026-03-31T00:00Z']],
    ['0 0 1W,15W * *', ['2026-01-15T00:00Z', '2026-02-02T00:00Z', '2026-02-16T00:00Z', '2026-03-02T00:00Z']],
    ['0 0 * * FRI#2', ['2026-01-09T00:00Z', '2026-02-13T00:00Z']],
    ['0 0 * * 5L', ['2026-01-30T00:00Z', '2026-02-27T00:00Z']],
    ['  0\t12  *  *   * ', ['2026-01-01T12:00Z', '2026-01-02T12:00Z']],
    ['0 0 29 2 *', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
  ])('may be %j', (expression, expected) => {
    expect(times(expression, 'UTC', FROM, expected.length)).toEqual(expected)
  })

  it.each([
    ['@yearly', ['2027-01-01T00:00Z', '2028-01-01T00:00Z']],
    ['@annually', ['2027-01-01T00:00Z', '2028-01-01T00:00Z']],
    ['@monthly', ['2026-02-01T00:00Z', '2026-03-01T00:00Z']],
    ['@weekly', ['2026-01-04T00:00Z', '2026-01-11T00:00Z']],
    ['@daily', ['2026-01-02T00:00Z', '2026-01-03T00:00Z']],
    [' @Midnight ', ['2026-01-02T00:00Z', '2026-01-03T00:00Z']],
    ['@hourly', ['2026-01-01T01:00Z', '2026-01-01T02:00Z']],
  ])('may be the nickname %j', (nickname, expected) => {
    expect(times(nickname, 'UTC', FROM, 2)).toEqual(expected)
  })

  it('fires on either when the days of the month and of the week are both restricted', () => {
    expect(times('0 0 10 * MON', 'UTC', FROM, 3)).toEqual([
      '2026-01-05T00:00Z',
      '2026-01-10T00:00Z',
      '2026-01-12T00:00Z',
    ])
    expect(times('0 0 */20 * SUN', 'UTC', FROM, 3)).toEqual([
      '2026-01-04T00:00Z',
      '2026-01-11T00:00Z',
      '2026-01-18T00:00Z',
    ])
  })

  it('fires strictly after, and on the whole second, whatever the milliseconds', () => {
    const cron = parseCron('* * * * * *', 'UTC')
    expect([-1, 0, 1, 0.5, 999, 1_000].map((after) => cron.next(after))).toEqual([0, 1_000, 1_000, 1_000, 1_000, 2_000])
  })

  it.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 31W 2 *'])('that never fires has no next time: %j', (expression) => {
    expect(parseCron(expression, 'Europe/Paris').next(Date.parse(FROM))).toBeNull()
  })

  it('has no next time beyond the year 2999', () => {
    const cron = parseCron('@yearly', 'America/New_York')
    expect(cron.next(Date.UTC(2998, 5, 1))).toBe(Date.UTC(2999, 0, 1, 5))
    expect(cron.next(Date.UTC(2999, 5, 1))).toBeNull()
    expect(cron.next(8.64e15)).toBeNull()
    expect(cron.next(Infinity)).toBeNull()
    expect(cron.next(-Infinity)).toBe(Date.UTC(1900, 0, 1, 5))
  })
})

describe('a fault in a cron expression', () => {
  const six = 'it has 5 or 6 fields'
  it.each([
    ['0 25 * * *', 3, 'in the hours: "25" is not understood; they are 0 to 23, in lists'],
    ['0 0 25 * * *', 5, 'in the hours: "25" is not understood'],
    ['60 * * * *', 1, 'in the minutes: "60" is not understood; they are 0 to 59'],
    ['  0,15,61 * * * *', 8, 'in the minutes: "61"'],
    ['99 * * * * *', 1, 'in the seconds: "99"'],
    ['0 0 0 * *', 5, 'in the days of the month: "0" is not understood; they are 1 to 31, L, LW'],
    ['0 0 1,,2 * *', 7, 'in the days of the month: ""'],
    ['0 0 1, * *', 7, 'in the days of the month: ""'],
    ['0 0 LW,15 * *', 5, 'in the days of the month: "LW,15" do not go together'],
    ['0 0 L-3 * *', 5, 'in the days of the month: "L-3"'],
    ['0 0 1-5W * *', 5, 'in the days of the month: "1-5W"'],
    ['0 0 1 1-13 *', 7, 'in the months: "1-13" is not understood; they are 1 to 12 or JAN to DEC'],
    ['0 0 1 JANUARY *', 7, 'in the months: "JANUARY"'],
    ['0 0 * * 8', 9, 'in the days of the week: "8" is not understood; they are 0 to 7 or SUN to SAT'],
    ['0 0 * * FRI-MON', 9, 'in the days of the week: "FRI-MON"'],
    ['0 0 * * MON,FRI#6', 13, 'in the days of the week: "FRI#6"'],
    ['0 0 * * +MON', 9, 'in the days of the week: "+MON"'],
    ['0 0 * * L', 9, 'in the days of the week: "L"'],
    ['*/0 * * * *', 1, 'in the minutes: "*/0"'],
    [
      '*/60 * * * *',
      1,
      'in the minutes: "*/60" is not understood; they are 0 to 59, in lists (1,5), upward ranges (1-5) and steps up to 59',
    ],
    ['/5 * * * *', 1, 'in the minutes: "/5"'],
    ['1/2/3 * * * *', 1, 'in the minutes: "1/2/3"'],
    ['70/5 * * * *', 1, 'in the minutes: "70/5"'],
    ['0-70/50 * * * *', 1, 'in the minutes: "0-70/50"'],
    ['30-20 * * * *', 1, 'in the minutes: "30-20"'],
    ['? * * * *', 1, 'in the minutes: "?"'],
    ['0 0 ?/2 * *', 5, 'in the days of the month: "?/2"'],
    ['2026-01-01T00:00 * * * *', 1, 'in the minutes: "2026-01-01T00:00"'],
    ['12:00 * * * * *', 1, 'in the seconds: "12:00"'],
    ['0 0 * * @daily', 9, 'in the days of the week: "@daily"'],
    ['', 1, `${six}, got 0`],
    ['   ', 1, `${six}, got 0`],
    ['* * * *', 8, `${six}, got 4`],
    ['0 0 0 1 1 * 2030', 13, `${six}, got 7`],
    ['@reboot', 1, '"@reboot" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly'],
    [' @every 5m', 2, '"@every 5m" is none of'],
  ])('is refused with its position: %j at %i', (expression, position, message) => {
    expect(() => parseCron(expression, 'UTC')).toThrow(InvalidArgumentError)
    expect(() => parseCron(expression, 'UTC')).toThrow(`cron has a fault at character ${position}, ${message}`)
  })

  it('is refused if it is no string, or a very long one', () => {
    expect(() => parseCron(5 as never, 'UTC')).toThrow(new InvalidArgumentError('cron must be a string, got 5'))
    expect(() => parseCron(`${'1,'.repeat(600)}1 * * * *`, 'UTC')).toThrow(
      'cron must have at most 1000 characters, got 1209',
    )
  })
})

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Paris', 'America/Argentina/Buenos_Aires', 'Etc/GMT-14'])('may be %s', (zone) => {
    expect(checkTimeZone('timeZone', zone)).toBe(zone)
  })

  it.each([
    [undefined, 'timeZone must be a string, got undefined'],
    ['Mars/Base', 'timeZone must be an IANA time zone, as Europe/Paris or UTC, got "Mars/Base"'],
    ['', 'timeZone must be an IANA time zone, as Europe/Paris or UTC, got ""'],
    ['+02:00', 'timeZone must be an IANA time zone, as Europe/Paris or UTC, got "+02:00"'],
  ])('may not be %j', (zone, message) => {
    expect(() => parseCron('@daily', zone as string)).toThrow(new InvalidArgumentError(message))
  })
})

describe('the zone of the host', () => {
  const own = process.env['TZ']
  afterEach(() => {
    if (own === undefined) delete process.env['TZ']
    else process.env['TZ'] = own
  })

  it('does not matter', () => {
    const offsets = new Set<number>()
    const found = ['UTC', 'America/New_York', 'Australia/Lord_Howe'].map((host) => {
      process.env['TZ'] = host
      offsets.add(new Date(0).getTimezoneOffset())
      return times('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 3)
    })
    expect(offsets.size).toBe(3)
    expect(new Set(found.map(String))).toEqual(new Set(['2026-03-08T07:00Z,2026-03-09T06:30Z,2026-03-10T06:30Z']))
  })
})
