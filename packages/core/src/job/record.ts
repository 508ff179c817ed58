import type { Capabilities } from '../contract/capabilities.js'
import type { ClaimedJob, NewJob, Retention } from '../contract/job.js'
import type { JobGroup } from '../contract/limits.js'
import { GoschedsError } from '../errors.js'
import { type Backoff, defaultBackoff } from './backoff.js'
import { checkName } from './checks.js'
import { type Codec, encodeWith } from './codec.js'
import {
  checkDueTime,
  checkExpiresAt,
  checkGroup,
  checkId,
  checkJobOptions,
  checkUnique,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_RETENTION,
  type JobOptions,
  NO_OPTIONS,
} from './options.js'
import { readOrigin, type ScheduleOrigin } from './origin.js'

/** The most bytes that args may have when encoded: 1 MiB. */
const MAX_ARGS_BYTES = 1024 * 1024

/** The version of the options text that this release writes; absent means 1. Guarantee G19. */
const OPTIONS_VERSION = 1

/** A job's options with every default filled in. */
export interface ResolvedOptions {
  readonly maxAttempts: number
  readonly backoff: Backoff
  readonly timeoutMs: number | undefined
  readonly retention: Retention
  readonly metadata: Readonly<Record<string, unknown>>
  /** Which fire of which schedule made it, if one did. */
  readonly schedule: ScheduleOrigin | undefined
}

const DEFAULT_OPTIONS: ResolvedOptions = {
  maxAttempts: DEFAULT_MAX_ATTEMPTS,
  backoff: defaultBackoff,
  timeoutMs: undefined,
  retention: DEFAULT_RETENTION,
  metadata: Object.freeze({}),
  schedule: undefined,
}

/** What a producer gives for one job, not yet checked. */
export interface JobInput {
  readonly name: string
  readonly args: unknown
  readonly defaults: JobOptions
  readonly options: Record<string, unknown>
}

const ARGS = {
  what: 'args',
  maxBytes: MAX_ARGS_BYTES,
  notSerializable: 'ARGS_NOT_SERIALIZABLE',
  tooLarge: 'ARGS_TOO_LARGE',
} as const

/** Checks and encodes one job for the store. @throws GoschedsError naming what is wrong. */
export function toNewJob(input: JobInput, codec: Codec, newId: () => string): NewJob {
  const name = checkName('name', input.name)
  const options = mergeOptions(input.defaults, checkJobOptions(input.options))
  const due = checkDueTime(input.options)
  const expiresAt = checkExpiresAt(input.options['expiresAt'], due.executeAt)
  const unique = checkUnique(input.options['unique'])
  const priority = options.priority ?? 0
  const group = checkGroup(input.options['group'], priority)
  const payload = encodeWith(codec, input.args, ARGS)
  const id = checkId(input.options['id']) ?? newId()
  // Set one by one, as spreading what is not there takes longer than all the rest.
  const job: { -readonly [Field in keyof NewJob]: NewJob[Field] } = {
    id,
    name,
    payload,
    options: encodeOptions(options),
    retention: toRetention(options.retain),
  }
  if (due.executeAt !== undefined) job.executeAt = due.executeAt
  if (due.delayMs !== undefined) job.delayMs = due.delayMs
  if (priority !== 0) job.priority = priority
  if (expiresAt !== undefined) job.expiresAt = expiresAt
  if (unique !== undefined) job.unique = unique
  if (group !== undefined) job.group = group
  return job
}

/** Whether it asks for what a store with these capabilities does not carry out; says what. */
export function asksFor(job: NewJob, capabilities: Pick<Capabilities, 'jobOptions' | 'groups'>): string | undefined {
  if (job.group !== undefined && !capabilities.groups) return 'group'
  return capabilities.jobOptions ? undefined : jobOptionOf(job)
}

function jobOptionOf({ priority, expiresAt, unique, retention }: NewJob): string | undefined {
  if (priority !== undefined) return 'priority'
  if (expiresAt !== undefined) return 'expiresAt'
  if (unique !== undefined) return 'unique'
  return retention.maxCount === undefined ? undefined : 'retain.maxCount'
}

/** A stored group with its default filled in. */
export function toGroup(group: JobGroup | undefined): Required<JobGroup> | undefined {
  return group === undefined ? undefined : { key: group.key, weight: group.weight ?? 1 }
}

function toRetention(retain: JobOptions['retain']): Retention {
  if (retain === undefined) return DEFAULT_RETENTION
  const { completedMs, deadMs, maxCount } = retain
  return {
    completedMs: completedMs ?? DEFAULT_RETENTION.completedMs,
    deadMs: deadMs ?? DEFAULT_RETENTION.deadMs,
    ...(maxCount !== undefined && { maxCount }),
  }
}

function mergeOptions(defaults: JobOptions, own: JobOptions): JobOptions {
  if (own === NO_OPTIONS && defaults === NO_OPTIONS) return NO_OPTIONS
  const retain = { ...defaults.retain, ...own.retain }
  return { ...defaults, ...own, ...(Object.keys(retain).length > 0 && { retain }) }
}

/** `priority` is the store's, and not in it. */
function encodeOptions(options: JobOptions): string {
  if (options === NO_OPTIONS) return ''
  const { priority: _, ...kept } = options
  return Object.keys(kept).length === 0 ? '' : JSON.stringify(kept)
}

/** Reads the options text of a stored job. @throws UNDECODABLE_RECORD, or UNSUPPORTED_RECORD for a newer one. */
export function decodeOptions(text: string): ResolvedOptions {
  if (text === '') return DEFAULT_OPTIONS
  const stored = parseOptions(text)
  return {
    maxAttempts: stored.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    backoff: stored.backoff ?? defaultBackoff,
    timeoutMs: stored.timeoutMs,
    retention: toRetention(stored.retain),
    metadata: stored.metadata ?? {},
    schedule: stored.schedule,
  }
}

function parseOptions(text: string): JobOptions & { readonly schedule: ScheduleOrigin | undefined } {
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch (error) {
    throw undecodable('its options are not JSON', error)
  }
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored))
    throw undecodable('its options are not an object')
  const { v: version = OPTIONS_VERSION } = stored as { v?: unknown }
  if (typeof version !== 'number') throw undecodable('its options have a version that is no number')
  if (version > OPTIONS_VERSION) {
    throw unsupported(`options of version ${version}`)
  }
  try {
    return { ...checkJobOptions(stored as Record<string, unknown>), schedule: readOrigin(stored) }
  } catch (error) {
    throw undecodable('its options are not valid', error)
  }
}

/** Reads what a codec has written of a stored job: its args, or `what`. @throws UNDECODABLE_RECORD */
export function decodePayload(
  payload: string,
  codec: Codec,
  what: 'args' | 'result' | 'progress' | 'checkpoint' = 'args',
): unknown {
  try {
    return codec.decode(payload)
  } catch (error) {
    throw undecodable(`its ${what} ${what === 'args' ? 'do' : 'does'} not decode`, error)
  }
}

/** Reads a claimed job. @throws UNDECODABLE_RECORD, or UNSUPPORTED_RECORD for a newer one. */
export function decodeClaimed(claimed: ClaimedJob, codec: Codec): { options: ResolvedOptions; args: unknown } {
  if (claimed.unsupported !== undefined) throw unsupported(claimed.unsupported)
  if (claimed.damage !== undefined) throw undecodable(claimed.damage)
  return { options: decodeOptions(claimed.options), args: decodePayload(claimed.payload, codec) }
}

function unsupported(what: string): GoschedsError {
  const message = `the job was written by a newer release (${what}); upgrade this worker`
  return new GoschedsError('UNSUPPORTED_RECORD', message)
}

function undecodable(why: string, cause?: unknown): GoschedsError {
  return new GoschedsError('UNDECODABLE_RECORD', `the stored job cannot be read: ${why}`, { cause })
}
