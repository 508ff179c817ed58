import { CronPattern } from 'croner'
import { InvalidArgumentError } from '../errors.js'
import { show } from '../job/checks.js'

/** A cron expression that has no fault. */
export interface CronFields {
  /** Six fields, as the library takes them. */
  readonly pattern: string
  /** It names times of day, and no interval: all of seconds, minutes and hours are single values or lists of them. */
  readonly fixed: boolean
}

interface Field {
  readonly what: string
  readonly last: number
  readonly takes: string
}

interface Part {
  readonly text: string
  /** Of its first character, in characters of the expression from 1. */
  readonly position: number
}

const FIELDS: readonly Field[] = [
  { what: 'seconds', last: 59, takes: '0 to 59' },
  { what: 'minutes', last: 59, takes: '0 to 59' },
  { what: 'hours', last: 23, takes: '0 to 23' },
  { what: 'days of the month', last: 31, takes: '1 to 31, L, LW or a day with W, as 15W' },
  { what: 'months', last: 12, takes: '1 to 12 or JAN to DEC' },
  {
    what: 'days of the week',
    last: 6,
    takes: '0 to 7 or SUN to SAT, one with # and 1 to 5, as FRI#2, or with L, as FRIL',
  },
]
const DAY_OF_MONTH = 3
const DAY_OF_WEEK = 5

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const MAX_LENGTH = 1_000

/** @throws InvalidArgumentError with the field and the position of the first fault */
export function checkCronFields(expression: unknown): CronFields {
  if (typeof expression !== 'string') throw new InvalidArgumentError(`cron must be a string, got ${show(expression)}`)
  if (expression.length > MAX_LENGTH) {
    throw new InvalidArgumentError(`cron must have at most ${MAX_LENGTH} characters, got ${expression.length}`)
  }
  const parts: Part[] = [...(nicknamed(expression) ?? expression).matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    position: match.index + 1,
  }))
  if (parts.length === 5) parts.unshift({ text: '0', position: 1 })
  const extra = parts[6]
  if (extra !== undefined) throw fault(extra.position, `it has 5 or 6 fields, got ${parts.length}`)
  if (parts.length < 6) throw fault(expression.trimEnd().length + 1, `it has 5 or 6 fields, got ${parts.length}`)

  const fields = FIELDS.map((field, index) => checkField(field, index, parts[index] ?? { text: '', position: 1 }))
  return { pattern: fields.join(' '), fixed: fields.slice(0, DAY_OF_MONTH).every((field) => /^[\d,]+$/.test(field)) }
}

function nicknamed(expression: string): string | undefined {
  const name = expression.trim()
  if (!name.startsWith('@')) return undefined
  const pattern = NICKNAMES[name.toLowerCase()]
  if (pattern !== undefined) return pattern
  const position = expression.indexOf('@') + 1
  throw fault(position, `${show(name)} is none of ${Object.keys(NICKNAMES).join(', ')}`)
}

/** The field as the library takes it. */
function checkField(field: Field, index: number, part: Part): string {
  let { position } = part
  const texts = part.text.split(',').map((item) => {
    const text = itemFor(field, index, item)
    if (text === undefined)
      throw fault(position, `in the ${field.what}: ${show(item)} is not understood; ${help(field)}`)
    position += item.length + 1
    return text
  })
  const text = texts.join(',')
  if (texts.length > 1 && !isTaken(index, text)) {
    throw fault(part.position, `in the ${field.what}: ${show(part.text)} do not go together; ${help(field)}`)
  }
  return text
}

/** An item of a field's list as the library takes it; `undefined` if it does not. */
function itemFor(field: Field, index: number, text: string): string | undefined {
  // The library takes a ? in any place of any field, and a + before days of the week.
  if (/[?+]/.test(text)) return text === '?' && (index === DAY_OF_MONTH || index === DAY_OF_WEEK) ? '*' : undefined
  const [range = '', step] = text.split('/')
  // With a step it looks only at the values that this hits.
  if (!isTaken(index, range)) return undefined
  if (step === undefined) return range
  if (Number(step) > field.last) return undefined
  const spelled = text.replace(/^\w+(?=\/)/, (first) => `${first}-${Math.max(field.last, Number(first) || 0)}`)
  return isTaken(index, spelled) ? spelled : undefined
}

/** Whether the library takes it as the text of this field. */
function isTaken(index: number, text: string): boolean {
  if (text === '*') return true
  try {
    new CronPattern(FIELDS.map((_, at) => (at === index ? text : '*')).join(' '), undefined, { mode: '6-part' })
    return true
  } catch {
    return false
  }
}

function help(field: Field): string {
  return `they are ${field.takes}, in lists (1,5), upward ranges (1-5) and steps up to ${field.last} (*/5, 1-5/2)`
}

function fault(position: number, message: string): InvalidArgumentError {
  return new InvalidArgumentError(`cron has a fault at character ${position}, ${message}`)
}
