import { type Overlap, overlaps, type ScheduleInput } from '@goscheds/core'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Within so long each missed time must fire. Some outages are longer. */
export const WINDOW_MS = 12 * HOUR_MS

/** A schedule, and by another way than the library's at which times it must fire. */
export interface Plan {
  readonly input: ScheduleInput
  readonly overlap: Overlap
  readonly jitterMs: number
  /** The nominal times after an instant, to the end of another. */
  readonly expected: (after: number, until: number) => readonly number[]
}

const EVERY_MS = 47 * MINUTE_MS
const PHASE_MS = 11 * MINUTE_MS

/** Of each overlap policy one by the hour, one by an interval with jitter, and one at a time of day that is skipped once a year and comes twice once. */
export const plans: readonly Plan[] = overlaps.flatMap((overlap) => {
  const plan = (kind: string, timing: object, jitterMs: number, expected: Plan['expected']): Plan => {
    const id = `${kind}-${overlap}`
    const input = { id, name: id, overlap, catchUpWindowMs: WINDOW_MS, jitterMs, args: {}, ...timing }
    return { input: input, overlap, jitterMs, expected }
  }
  return [
    plan('hourly', { cron: '5 * * * *', timeZone: 'Europe/Berlin' }, 0, (after, until) =>
      // All offsets of that zone are whole hours.
      steps(after, until, HOUR_MS, 5 * MINUTE_MS),
    ),
    plan('interval', { everyMs: EVERY_MS, phaseMs: PHASE_MS }, 7 * MINUTE_MS, (after, until) =>
      steps(after, until, EVERY_MS, PHASE_MS),
    ),
    plan('nightly', { cron: '30 2 * * *', timeZone: 'Europe/Berlin' }, 0, (after, until) =>
      steps(after - DAY_MS, until + DAY_MS, DAY_MS, 0)
        .map((midnight) => halfPastTwo(midnight))
        .filter((at) => at > after && at <= until),
    ),
  ]
})

function steps(after: number, until: number, everyMs: number, phaseMs: number): number[] {
  const first = Math.floor((after - phaseMs) / everyMs) + 1
  const last = Math.floor((until - phaseMs) / everyMs)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * everyMs + phaseMs)
}

/** 2:30 in Berlin on the day of this midnight (UTC), by the law: the clocks change at 1:00 UTC of the last Sundays of March and October. */
function halfPastTwo(midnight: number): number {
  const year = new Date(midnight).getUTCFullYear()
  const toSummer = lastSunday(year, 2)
  const toWinter = lastSunday(year, 9)
  // 2:30 is skipped: it fires at 3:00, which is 1:00 UTC.
  if (midnight === toSummer) return midnight + HOUR_MS
  // It comes twice: the first is still summer time.
  const isSummer = midnight > toSummer && midnight <= toWinter
  return midnight + (isSummer ? 0 : HOUR_MS) + 30 * MINUTE_MS
}

function lastSunday(year: number, month: number): number {
  const lastDay = Date.UTC(year, month + 1, 0)
  return lastDay - new Date(lastDay).getUTCDay() * DAY_MS
}
