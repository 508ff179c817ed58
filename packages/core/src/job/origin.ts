import type { EpochMs } from '../contract/job.js'
import { GoschedsError } from '../errors.js'

/** Which fire of which schedule made a job. */
export interface ScheduleOrigin {
  readonly id: string
  /** The nominal time of the fire. */
  readonly at: EpochMs
}

/** Adds to a job's options text which fire made it. What the text has that this release does not know stays. */
export function withOrigin(options: string, { id, at }: ScheduleOrigin): string {
  const stored = options === '' ? {} : (JSON.parse(options) as object)
  return JSON.stringify({ ...stored, schedule: { id, at } })
}

/** Reads it back. @throws UNDECODABLE_RECORD */
export function readOrigin(stored: { readonly schedule?: unknown }): ScheduleOrigin | undefined {
  if (stored.schedule === undefined) return undefined
  const { id, at } = Object(stored.schedule) as { id?: unknown; at?: unknown }
  if (typeof id === 'string' && typeof at === 'number' && Number.isInteger(at)) return { id, at }
  throw new GoschedsError(
    'UNDECODABLE_RECORD',
    'the stored job cannot be read: the schedule that made it is no { id, at }',
  )
}
