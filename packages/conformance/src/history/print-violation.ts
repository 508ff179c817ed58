import type { HistoryEvent, InvokeEvent } from './event.js'
import type { Violation } from './violation.js'

const MAX_DETAIL = 400

/** A violation, or another finding that is told of in the same way. */
type Printable = Omit<Violation, 'guarantee'> & { readonly guarantee: string }

/**
 * A violation as text for people: the guarantee and what happened, then its trace, an event on each line, with its
 * place in the history, the time since the first of them and the process that saw it. Of a batch only the entry of
 * the job in question is shown.
 */
export function printViolation({ guarantee, message, id, trace }: Printable): string {
  const heading = `${guarantee}${id === undefined ? '' : ` ${id}`}: ${message}`
  const startAt = trace[0]?.at ?? 0
  const places = new Map(trace.flatMap((event) => (event.type === 'invoke' ? [[event.call, placesOf(event, id)]] : [])))
  const lines = trace.map((event) => {
    const detail = JSON.stringify(detailOf(event, id, places) ?? null)
    const shown = detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail
    return `  #${event.seq}  +${event.at - startAt} ms  ${event.process}  ${titleOf(event)} ${shown}`
  })
  return [heading, ...lines].join('\n')
}

function titleOf(event: HistoryEvent): string {
  switch (event.type) {
    case 'invoke':
      return `calls ${event.method} (call ${event.call})`
    case 'ok':
      return `is answered (call ${event.call})`
    case 'fail':
    case 'unknown':
      return `is refused, ${event.type === 'fail' ? 'without effect' : 'effect unknown'} (call ${event.call})`
    case 'start':
      return 'handler begins'
    case 'end':
      return `handler ${event.outcome}`
    case 'process':
      return event.what
    case 'healthy':
    case 'snapshot':
      return event.type
  }
}

function detailOf(
  event: HistoryEvent,
  id: string | undefined,
  places: ReadonlyMap<number, readonly number[]>,
): unknown {
  switch (event.type) {
    case 'invoke':
      return only(event.input, id)
    case 'ok':
      return onlyAt(event.output, id, places.get(event.call) ?? [])
    case 'fail':
    case 'unknown':
      return event.error
    case 'snapshot':
      return only(
        { drained: event.drained, ...(id === undefined ? { counts: event.counts } : { jobs: event.jobs }) },
        id,
      )
    default: {
      const { seq: _seq, at: _at, process: _process, type: _type, ...rest } = event
      return rest
    }
  }
}

/** Where in the input of a call the job is, which is where its outcome is in the answer. */
function placesOf({ input }: InvokeEvent, id: string | undefined): readonly number[] {
  const batch = Object.values(input ?? {}).find(Array.isArray) as readonly unknown[] | undefined
  return (batch ?? []).flatMap((entry, index) => (isAbout(entry, id) ? [index] : []))
}

function onlyAt(output: unknown, id: string | undefined, places: readonly number[]): unknown {
  if (id === undefined || !Array.isArray(output) || places.length === 0) return only(output, id)
  return output.filter((_, index) => places.includes(index)) as unknown[]
}

/** An input or output with those of its lists that tell of jobs cut down to the one. */
function only(value: unknown, id: string | undefined): unknown {
  if (id === undefined || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.filter((entry) => isAbout(entry, id)) as unknown[]
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, Array.isArray(member) ? only(member, id) : member]),
  )
}

function isAbout(entry: unknown, id: string | undefined): boolean {
  if (typeof entry !== 'object' || entry === null) return entry === id
  if ('replacedId' in entry && entry.replacedId === id) return true
  return ('id' in entry && entry.id === id) || ('lease' in entry && isAbout(entry.lease, id))
}
