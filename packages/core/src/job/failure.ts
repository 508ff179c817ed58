import { GoschedsError, type GoschedsErrorCode } from '../errors.js'

const MAX_TEXT = 8 * 1024
const NON_RETRYABLE: GoschedsErrorCode = 'NON_RETRYABLE'

/** A failed attempt's error as it is kept with the job. Long messages and stacks are cut at 8,192 characters. */
export interface JobFailure {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

/** Describes whatever a handler threw; anything can be thrown, also what has hostile getters. */
export function toFailure(thrown: unknown): JobFailure {
  try {
    if (!isError(thrown)) return { name: 'NonError', message: cut(describe(thrown)) }
    const { code } = thrown as { code?: unknown }
    return {
      name: cut(String(thrown.name)),
      message: cut(String(thrown.message)),
      ...(typeof code === 'string' && { code: cut(code) }),
      ...(typeof thrown.stack === 'string' && { stack: cut(thrown.stack) }),
    }
  } catch {
    return { name: 'NonError', message: 'the thrown value cannot be described' }
  }
}

/** Reads what {@link toFailure} wrote; text that is not of its form comes back as the message. */
export function parseFailure(text: string): JobFailure {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return parsed as JobFailure
  } catch {
    // Not ours: shown as it is.
  }
  return { name: 'Error', message: text }
}

/** Whatever was thrown, as an `Error` for events. */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown
  const message = `something was thrown that is not an Error: ${toFailure(thrown).message}`
  return new GoschedsError('NON_ERROR_THROWN', message, { cause: thrown })
}

/** Whether a handler said that another attempt is pointless. */
export function isNonRetryable(thrown: unknown): boolean {
  try {
    // By its code, too: the user's copy of this package may be another than the worker's.
    return isError(thrown) && (thrown as { code?: unknown }).code === NON_RETRYABLE
  } catch {
    return false
  }
}

/** `instanceof` runs code of the value when that is a proxy, and so may throw. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error
  } catch {
    return false
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return String(value)
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`
}
