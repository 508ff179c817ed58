import { InvalidArgumentError } from '../errors.js'

/** The longest span taken anywhere: about a hundred years. */
export const MAX_SPAN_MS = 100 * 366 * 86_400_000

const MAX_NAME_LENGTH = 256
// Braces would end a Redis hash tag; control characters separate fields; a lone surrogate is not UTF-8.
const FORBIDDEN = /[\u0000-\u001f\u007f{}]|\p{Surrogate}/u

/** A name or an id: 1 to 256 characters, no control characters, no braces, no lone surrogates. */
export function checkName(what: string, value: unknown): string {
  if (typeof value !== 'string') throw new InvalidArgumentError(`${what} must be a string, got ${show(value)}`)
  if (value.length === 0 || value.length > MAX_NAME_LENGTH) {
    throw new InvalidArgumentError(`${what} must have 1 to ${MAX_NAME_LENGTH} characters, got ${value.length}`)
  }
  const forbidden = FORBIDDEN.exec(value)
  if (forbidden !== null) {
    const character = JSON.stringify(forbidden[0])
    throw new InvalidArgumentError(`${what} must have no control characters and no braces, got ${character}`)
  }
  return value
}

/** A finite number from `min` to `max`, both included; a whole one unless `fraction` is set. */
export function checkNumber(
  what: string,
  value: unknown,
  { min, max, fraction = false }: { readonly min: number; readonly max: number; readonly fraction?: boolean },
): number {
  const kind = fraction ? 'a number' : 'a whole number'
  const isFit = typeof value === 'number' && value >= min && value <= max && (fraction || Number.isInteger(value))
  if (!isFit) throw new InvalidArgumentError(`${what} must be ${kind} from ${min} to ${max}, got ${show(value)}`)
  return value
}

/** A span in milliseconds, 0 or more (or `min` or more), rounded up to a whole number. */
export function checkSpan(what: string, value: unknown, min = 0): number {
  return Math.ceil(checkNumber(what, value, { min, max: MAX_SPAN_MS, fraction: true }))
}

/** A span that a timer waits for in one go: as {@link checkSpan}, at most 2³¹ − 1 ms (24.8 days). */
export function checkTimer(what: string, value: unknown, min = 0): number {
  return Math.ceil(checkNumber(what, value, { min, max: 2 ** 31 - 1, fraction: true }))
}

/** A valid `Date`, as epoch milliseconds. */
export function checkInstant(what: string, value: unknown): number {
  if (!(value instanceof Date)) throw new InvalidArgumentError(`${what} must be a Date, got ${show(value)}`)
  const epochMs = value.getTime()
  if (Number.isNaN(epochMs)) throw new InvalidArgumentError(`${what} must be a valid Date, got an invalid one`)
  return epochMs
}

/**
 * Refuses options that are no object or have a name that is not known; for core and for store adapters, since a
 * misspelt option that is ignored shows up much later. Returns the same object.
 * @throws InvalidArgumentError naming the option and those that there are
 */
export function checkOptions(what: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`${what} must be an object, got ${show(value)}`)
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new InvalidArgumentError(`${what} has no option '${key}'; it knows ${known.join(', ')}`)
    }
  }
  return value as Record<string, unknown>
}

/** A value, short enough for a message. Never throws. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
