import type { History, HistoryEvent, HistoryHeader, RecordedMethod } from './event.js'
import { eventShapes, headerShape, methodShapes } from './shapes.js'

const FORMAT = 'goscheds-history'
const VERSION = 1

/** A text is no history, or not a whole one. The message says which line it is, what is wrong and what to do. */
export class HistoryFormatError extends Error {
  override readonly name = 'HistoryFormatError'
  /** Of the text, from 1. */
  readonly line: number

  constructor(line: number, message: string, options?: ErrorOptions) {
    super(`line ${line}: ${message}`, options)
    this.line = line
  }
}

/** A history as JSON lines: its header, a line for each event, and how many there were. */
export function formatHistory({ header, events }: History): string {
  const head = { format: FORMAT, version: VERSION, ...header }
  return [head, ...events, { end: events.length }].map((line) => `${JSON.stringify(line)}\n`).join('')
}

/**
 * The history that {@link formatHistory} wrote. It is checked, so that a file from elsewhere can be given to
 * `checkHistory`: one that is cut off or damaged would accuse, or acquit, a store wrongly.
 * @throws HistoryFormatError with the first line that is wrong
 */
export function parseHistory(text: string): History {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const header = parseHeader(parseLine(lines[0] ?? '', 1))
  const events: HistoryEvent[] = []
  const underWay = new Map<number, RecordedMethod | 'ended'>()
  for (let number = 2; number <= lines.length; number++) {
    const value = parseLine(lines[number - 1] ?? '', number)
    if (isEnd(value)) {
      checkEnd(value.end, events.length, number, lines.length)
      return { header, events }
    }
    const fault = faultOf(value, events.length, underWay)
    if (fault !== undefined) throw new HistoryFormatError(number, fault)
    events.push(value as HistoryEvent)
  }
  const message = 'the history is cut off, its last line {"end":…} is missing; record it again, or copy all of it'
  throw new HistoryFormatError(lines.length + 1, message)
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    const message = 'this is not JSON; a history is text of one JSON object a line, as formatHistory() writes it'
    throw new HistoryFormatError(number, message, { cause })
  }
}

function parseHeader(value: unknown): HistoryHeader {
  const { format, version, ...header } = Object(value) as Record<string, unknown>
  if (format !== FORMAT) {
    throw new HistoryFormatError(1, `this is no history: its first line must have "format":"${FORMAT}"`)
  }
  if (version !== VERSION) {
    const message = `this history has the version ${JSON.stringify(version)}, and ${VERSION} is known here; read it with the release that wrote it`
    throw new HistoryFormatError(1, message)
  }
  const fault = headerShape(header, '')
  if (fault !== undefined) throw new HistoryFormatError(1, `${fault}; correct what writes the header`)
  return header as unknown as HistoryHeader
}

function isEnd(value: unknown): value is { readonly end: unknown } {
  return typeof value === 'object' && value !== null && 'end' in value && !('type' in value)
}

function checkEnd(end: unknown, count: number, number: number, last: number): void {
  if (end !== count) {
    const message = `the history had ${JSON.stringify(end)} events, and ${count} are here; record it again, or copy all of it`
    throw new HistoryFormatError(number, message)
  }
  if (number !== last)
    throw new HistoryFormatError(number + 1, 'there is more behind the end; give one history at a time')
}

/** What is wrong with an event, given how many came before it and the calls that they began. */
function faultOf(value: unknown, seq: number, underWay: Map<number, RecordedMethod | 'ended'>): string | undefined {
  const event = Object(value) as Readonly<Record<string, unknown>>
  const shape =
    typeof event['type'] === 'string' && Object.hasOwn(eventShapes, event['type'])
      ? eventShapes[event['type']]
      : undefined
  if (shape === undefined) {
    return `type must be one of ${Object.keys(eventShapes).join(', ')}; correct what recorded it`
  }
  const fault = shape(value, '') ?? outOfOrder(event, seq) ?? callFault(value as HistoryEvent, underWay)
  return fault === undefined ? undefined : `${fault}; correct what recorded it`
}

function outOfOrder(event: Readonly<Record<string, unknown>>, seq: number): string | undefined {
  return event['seq'] === seq ? undefined : `seq must be ${seq}, the number of events before it`
}

function callFault(event: HistoryEvent, underWay: Map<number, RecordedMethod | 'ended'>): string | undefined {
  if (event.type === 'invoke') {
    if (underWay.has(event.call)) return `call ${event.call} was begun before; each call needs a number of its own`
    underWay.set(event.call, event.method)
    return methodShapes[event.method].input(event.input, 'input')
  }
  if (event.type !== 'ok' && event.type !== 'fail' && event.type !== 'unknown') return undefined
  const method = underWay.get(event.call)
  if (method === undefined) return `call ${event.call} was never begun`
  if (method === 'ended') return `call ${event.call} has ended before`
  underWay.set(event.call, 'ended')
  return event.type === 'ok' ? methodShapes[method].output(event.output, 'output') : undefined
}
