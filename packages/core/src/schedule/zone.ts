import { InvalidArgumentError } from '../errors.js'
import { show } from '../job/checks.js'

/** A span of time in which a zone keeps one offset. It may go on in the next one with the same offset. */
export interface Segment {
  /** Its first instant. */
  readonly from: number
  /** The first instant after it. */
  readonly to: number
  /** Wall clock minus UTC, in milliseconds. */
  readonly offset: number
}

/** No zone is further from UTC than this, and none has moved its clocks further. */
const MAX_SHIFT_MS = 27 * 3_600_000

// No two changes of a zone are less than three days apart (of those that the zone database knows from 1900 on).
const STEP_MS = 2 * 86_400_000
// What is looked up in one go.
const CHUNK_MS = 8 * STEP_MS
const MAX_CHUNKS = 10_000

/**
 * The wall clock of a time zone, from the zone rules of the runtime. A wall clock time is written as the epoch milliseconds at
 * which UTC shows it. What was looked up is kept, so that a second look costs next to nothing.
 */
export class Zone {
  readonly #format: Intl.DateTimeFormat
  readonly #chunks = new Map<number, readonly Segment[]>()

  /** @throws RangeError if there is no such zone */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** The segment that an instant is in. */
  at(instant: number): Segment {
    const index = Math.floor(instant / CHUNK_MS)
    let chunk = this.#chunks.get(index)
    if (chunk === undefined) {
      if (this.#chunks.size >= MAX_CHUNKS) this.#chunks.clear()
      chunk = this.#segments(index * CHUNK_MS)
      this.#chunks.set(index, chunk)
    }
    for (const segment of chunk) if (instant < segment.to) return segment
    throw new RangeError(`no segment at ${instant}`)
  }

  /** The latest time that the wall clock has shown up to an instant: another one than it shows then if it was turned back. */
  latest(instant: number): number {
    let segment = this.at(instant)
    let latest = instant + segment.offset
    while (segment.from > instant - MAX_SHIFT_MS) {
      segment = this.at(segment.from - 1)
      latest = Math.max(latest, segment.to - 1 + segment.offset)
    }
    return latest
  }

  /** The first instant at which the wall clock shows this time or, if it never does, the first instant after the gap. */
  first(wall: number): number {
    let segment = this.at(wall - MAX_SHIFT_MS)
    while (wall >= segment.to + segment.offset) segment = this.at(segment.to)
    return Math.max(wall - segment.offset, segment.from)
  }

  #segments(start: number): readonly Segment[] {
    const end = start + CHUNK_MS
    const segments: Segment[] = []
    let [from, offset] = [start, this.#offset(start)]
    for (let step = start; step < end; step += STEP_MS) {
      if (this.#offset(step + STEP_MS) === offset) continue
      const change = this.#change(step, step + STEP_MS, offset)
      segments.push({ from, to: change, offset })
      from = change
      offset = this.#offset(change)
    }
    segments.push({ from, to: end, offset })
    return segments
  }

  /** The first instant after `from` that has another offset, which `to` has. */
  #change(from: number, to: number, offset: number): number {
    let [before, after] = [from, to]
    while (after - before > 1_000) {
      const middle = before + Math.floor((after - before) / 2_000) * 1_000
      if (this.#offset(middle) === offset) before = middle
      else after = middle
    }
    return after
  }

  /** At a whole second. */
  #offset(instant: number): number {
    const [month = 0, day, year = 0, hour, minute, second] =
      this.#format.format(instant).match(/\d+/g)?.map(Number) ?? []
    return Date.UTC(year, month - 1, day, hour, minute, second) - instant
  }
}

const zones = new Map<string, Zone>()

/** The zone of this name. The same one each time. */
export function zoneOf(timeZone: string): Zone {
  let zone = zones.get(timeZone)
  if (zone === undefined) {
    zone = new Zone(timeZone)
    zones.set(timeZone, zone)
  }
  return zone
}

/**
 * An IANA time zone that the runtime knows, as `Europe/Paris` or `UTC`. No offsets: `+02:00` would not follow daylight saving, and
 * not every runtime takes it.
 * @throws InvalidArgumentError naming it
 */
export function checkTimeZone(what: string, value: unknown): string {
  if (typeof value !== 'string') throw new InvalidArgumentError(`${what} must be a string, got ${show(value)}`)
  try {
    if (/^[a-z]/i.test(value)) {
      zoneOf(value)
      return value
    }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
  }
  throw new InvalidArgumentError(`${what} must be an IANA time zone, as Europe/Paris or UTC, got ${show(value)}`)
}
