import { Cron as Pattern } from 'croner'
import { checkCronFields } from './cron-fields.js'
import { checkTimeZone, type Zone, zoneOf } from './zone.js'

/** When a cron expression fires. */
export interface Cron {
  /**
   * The first nominal time strictly after `afterMs`, both in epoch milliseconds; `null` when there is none any more. Times before
   * 1900 and after 2999 are not looked at.
   */
  next(afterMs: number): number | null
}

const FIRST_MS = Date.UTC(1900, 0, 1)
const LAST_MS = Date.UTC(3000, 0, 1)

/**
 * A cron expression of 5 fields (minutes, hours, days of the month, months, days of the week), of 6 (seconds first), or a nickname
 * (`@daily`), by the wall clock of a time zone. If both the days of the month and those of the week are other than `*` and `?`, either
 * will do.
 *
 * Where the wall clock is put forward or back (daylight saving, or a zone that moves), it is as with vixie cron:
 * - fixed times of day (the seconds, minutes and hours are all single values or lists of them, as in `30 2 * * *`): a time that is
 *   skipped fires once, at the first instant after the gap; a time that comes twice fires once, the first time;
 * - intervals (there is a `*`, a range or a step in the seconds, minutes or hours, as in `0-59/15 * * * *`): they go by what the wall
 *   clock shows: what is skipped does not fire, and what comes twice fires twice.
 *
 * Parsing takes up to a millisecond and the result some 80 kB, so keep it; `next` takes some ten microseconds.
 *
 * @throws InvalidArgumentError with the field and the position of the fault, or naming a zone that there is not
 */
export function parseCron(expression: string, timeZone: string): Cron {
  const { pattern, fixed } = checkCronFields(expression)
  const zone = zoneOf(checkTimeZone('timeZone', timeZone))
  // The library does the calendar, in UTC; the wall clock of the zone is put on top of it.
  const calendar = new Pattern(pattern, { mode: '6-part', utcOffset: 0, paused: true })
  const nextWall = (wall: number): number | null => calendar.nextRun(new Date(wall))?.getTime() ?? null
  const next = fixed ? nextFixed : nextShown
  return {
    next: (afterMs) => (afterMs >= LAST_MS ? null : next(nextWall, zone, Math.floor(Math.max(afterMs, FIRST_MS - 1)))),
  }
}

type NextWall = (wall: number) => number | null

/** Each time of the wall clock at the first instant at which it is shown or passed over. */
function nextFixed(nextWall: NextWall, zone: Zone, after: number): number | null {
  const wall = nextWall(zone.latest(after))
  return wall === null ? null : zone.first(wall)
}

/** Each instant at which the wall clock shows such a time. */
function nextShown(nextWall: NextWall, zone: Zone, after: number): number | null {
  let segment = zone.at(after)
  // Nothing fires from `seen` to `wall`, as long as the wall clock is not turned back to before it.
  let seen = after + segment.offset
  let wall = nextWall(seen)
  while (wall !== null && wall >= segment.to + segment.offset) {
    segment = zone.at(segment.to)
    const start = segment.from + segment.offset
    if (start <= seen || start > wall) {
      seen = start - 1
      wall = nextWall(seen)
    }
  }
  return wall === null ? null : wall - segment.offset
}
