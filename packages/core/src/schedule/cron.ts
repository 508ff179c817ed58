import { Cron as Pattern } from 'croner'
import { InvalidArgumentError } from '../errors.js'
import { checkCronFields } from './cron-fields.js'
import { checkTimeZone, MAX_SHIFT_MS, type Zone, zoneOf } from './zone.js'

/** When a cron expression fires. */
export interface Cron {
  /** The first nominal time strictly after `afterMs`, both in epoch milliseconds; `null` when there is none any more. */
  next(afterMs: number): number | null
}

/**
 * A cron expression of 5 fields (minutes, hours, days of the month, months, days of the week), of 6 (seconds first), or a
 * nickname (`@daily`), by the wall clock of a time zone. If both days of the month and of the week are restricted, either will do;
 * a field that begins with `*` or is `?` restricts nothing of the other.
 *
 * Where the wall clock is put forward or back (daylight saving, or a zone that changes its mind), two rules hold, as with vixie cron:
 * - fixed times of day (seconds, minutes and hours are all single values or lists of them, as in `30 2 * * *`): a time that is
 *   skipped fires once, at the first instant after the gap; a time that comes twice fires once, the first time;
 * - anything else (a `*`, a range or a step in the seconds, minutes or hours, as in `*\/15 * * * *`): it goes by what the wall clock
 *   shows: what is skipped does not fire, and what comes twice fires twice.
 *
 * @throws InvalidArgumentError with the field and the position of the fault, or naming a zone that there is not
 */
export function parseCron(expression: string, timeZone: string): Cron {
  const fields = checkCronFields(expression)
  const zone = zoneOf(checkTimeZone('timeZone', timeZone))
  // The library does the calendar, in UTC: the wall clock of the zone is put on top of it.
  const pattern = new Pattern(fields.pattern, { mode: '6-part', utcOffset: 0, paused: true })
  const nextWall = (wall: number): number | null => pattern.nextRun(new Date(wall))?.getTime() ?? null
  const next = fields.fixed ? nextFixed : nextShown
  return {
    next: (afterMs) => {
      if (!Number.isFinite(afterMs)) throw new InvalidArgumentError(`afterMs must be a finite number, got ${afterMs}`)
      return next(nextWall, zone, Math.floor(afterMs))
    },
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
    const near = wall - MAX_SHIFT_MS
    segment = zone.at(Math.max(segment.to, near))
    const start = segment.from + segment.offset
    if (start <= seen || start > wall) {
      seen = start - 1
      wall = nextWall(seen)
    }
  }
  return wall === null ? null : wall - segment.offset
}
