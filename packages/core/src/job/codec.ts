import { GoschedsError, type GoschedsErrorCode } from '../errors.js'
import { toFailure } from './failure.js'

/**
 * Turns args and results into the text that a store keeps, and back. Producers and workers of a namespace
 * must use the same one.
 */
export interface Codec {
  /** @throws an error that says why the value cannot be carried; core adds where the value came from. */
  encode(value: unknown): string
  decode(text: string): unknown
}

/**
 * The default codec. Stricter than `JSON.stringify`: a value that would not come back as it went in (a
 * function, a BigInt, a Date, a Map, NaN, a class instance, a cycle, `undefined` in an array) is refused
 * with its path, where `JSON.stringify` would drop or change it. A property that is `undefined` counts as
 * absent; the sign of -0 is not kept.
 */
export const jsonCodec: Codec = {
  encode(value) {
    if (value === undefined) return ''
    checkJson(value, '', undefined)
    return JSON.stringify(value)
  },
  decode(text) {
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  },
}

/** What to encode, and what to say when that fails. */
export interface EncodeOptions {
  /** `args`, `result`, …: the root of the path in messages. */
  readonly what: string
  readonly maxBytes: number
  readonly notSerializable: GoschedsErrorCode
  readonly tooLarge: GoschedsErrorCode
}

/** Encodes with any codec. @throws GoschedsError naming the path of what cannot be carried, or the size. */
export function encodeWith(codec: Codec, value: unknown, options: EncodeOptions): string {
  const { what, maxBytes, notSerializable, tooLarge } = options
  let text: string
  try {
    text = codec.encode(value)
  } catch (error) {
    const reason =
      error instanceof NotJson
        ? `${what}${error.path} ${error.message}`
        : `${what} cannot be encoded: ${toFailure(error).message}`
    throw new GoschedsError(notSerializable, reason, { cause: error })
  }
  // At most three bytes per UTF-16 unit, so most texts need no exact count.
  const bytes = text.length * 3 <= maxBytes ? 0 : Buffer.byteLength(text)
  if (bytes <= maxBytes) return text
  throw new GoschedsError(tooLarge, `${what} has ${bytes} bytes when encoded; at most ${maxBytes} are allowed`)
}

class NotJson extends Error {
  readonly path: string

  constructor(path: string, why: string) {
    super(why)
    this.path = path
  }
}

/** Where the walk is: an object or array on the way from the root. The path is made of these only when needed. */
interface Place {
  readonly holder: Place | undefined
  /** Its key in its holder; of no meaning at the root. */
  readonly key: string | number
  readonly value: object
}

/** What goes through JSON as it is. A check of its own, since most members are such and then nothing is noted of their holder. */
function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

function checkJson(value: unknown, key: string | number, holder: Place | undefined): void {
  if (isScalar(value)) return
  if (typeof value === 'number') refuse(key, holder, `is ${value}, which JSON has no way to write`)
  if (typeof value !== 'object' || value === null) {
    refuse(key, holder, `is ${article(typeof value)}, which JSON cannot carry`)
  }
  for (let outer = holder; outer !== undefined; outer = outer.holder) {
    if (outer.value === value) refuse(key, holder, 'refers back to an object that holds it (a cycle)')
  }
  let place: Place | undefined
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (!isScalar(value[index])) checkJson(value[index], index, (place ??= { holder, key, value }))
    }
    return
  }
  checkPlain(value, key, holder)
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined && !isScalar(member)) checkJson(member, name, (place ??= { holder, key, value }))
  }
}

function checkPlain(value: object, key: string | number, holder: Place | undefined): void {
  if (Object.getOwnPropertySymbols(value).length > 0) {
    refuse(key, holder, 'has a symbol as a key, which JSON would drop')
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return
  // A plain object of another realm (a vm context, a test runner) has that realm's Object.prototype.
  if (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')) return
  if (value instanceof Date) {
    refuse(key, holder, 'is a Date, which JSON turns into a string; pass its toISOString() or getTime()')
  }
  const name = (value.constructor as { name?: string } | undefined)?.name ?? 'an unknown class'
  refuse(key, holder, `is an instance of ${name}, which JSON would not bring back; pass plain data`)
}

function refuse(key: string | number, holder: Place | undefined, why: string): never {
  throw new NotJson(pathTo(key, holder), why)
}

function pathTo(key: string | number, holder: Place | undefined): string {
  if (holder === undefined) return ''
  return pathTo(holder.key, holder.holder) + (typeof key === 'number' ? `[${key}]` : asProperty(key))
}

function asProperty(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function article(type: string): string {
  return type === 'undefined' ? 'undefined' : `a ${type}`
}
