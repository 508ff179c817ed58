const MINUTE_MS = 60_000
const HOUR = 60

/** What a clock on the wall shows. */
export interface Time {
  readonly hour: number
  readonly minute: number
  readonly day?: number
}

/** The hours around a change of a zone's clock, minute by minute. Instants and wall clocks are in minutes. */
export interface Stretch {
  readonly timeZone: string
  readonly name: string
  /** The first instant. */
  readonly start: number
  /** What the clock shows at each minute from then on. */
  readonly walls: readonly number[]
  /** What it skips or shows twice. */
  readonly odd: readonly Time[]
  readonly timeOf: (wall: number) => Time
}

/** Each change of a zone's clock in a span, found by nothing but looking at the clock. */
export function daylight(timeZone: string, fromMs: number, toMs: number): Stretch[] {
  const wallAt = clock(timeZone)
  const stretches: Stretch[] = []
  for (let at = fromMs / MINUTE_MS; at < toMs / MINUTE_MS; at += 6 * HOUR) {
    if (wallAt(at + 6 * HOUR) - wallAt(at) === 6 * HOUR) continue
    let change = at + 1
    while (wallAt(change) === wallAt(change - 1) + 1) change++
    stretches.push(stretchAround(timeZone, change, wallAt))
  }
  return stretches
}

function stretchAround(timeZone: string, change: number, wallAt: (instant: number) => number): Stretch {
  const [before, after] = [wallAt(change - 1) + 1, wallAt(change)]
  const moved = Math.abs(after - before)
  const odd = Array.from({ length: moved }, (_, index) => timeOf(Math.min(before, after) + index))
  // Enough for all that is repeated to be in it twice, and for a midnight after that.
  const start = change - moved - 3 * HOUR
  const walls = Array.from({ length: 3 * HOUR + 2 * moved + 26 * HOUR }, (_, index) => {
    const instant = start + index
    return instant < change ? before - (change - instant) : after + (instant - change)
  })
  for (const index of [0, change - start - 1, change - start, walls.length - 1]) {
    if (walls[index] !== wallAt(start + index)) throw new Error(`${timeZone} changes twice around ${change}`)
  }
  return { timeZone, name: new Date(change * MINUTE_MS).toISOString(), start, walls, odd, timeOf }
}

function timeOf(wall: number): Time {
  const date = new Date(wall * MINUTE_MS)
  return { hour: date.getUTCHours(), minute: date.getUTCMinutes(), day: date.getUTCDate() }
}

/** By the name of the offset (`GMT+10:30`), where the implementation goes by the date and time. */
function clock(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  return (instant) => {
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d+):(\d+))?$/.exec(format.format(instant * MINUTE_MS)) ?? []
    const offset = Number(hours ?? 0) * HOUR + Number(minutes ?? 0)
    return instant + (sign === '-' ? -offset : offset)
  }
}
