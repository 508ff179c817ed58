import type { EpochMs } from '@goscheds/core'
import type {
  HistoryEvent,
  InvokeEvent,
  OkEvent,
  RecordedInput,
  RecordedMethod,
  RecordedOutput,
  RejectedEvent,
} from './event.js'

/** When something took effect, or was seen: places in the history, and the store's clock there. */
export interface Span {
  readonly from: number
  /** Infinity for what may take effect at any time, or never. */
  readonly until: number
  readonly fromAt: EpochMs
  readonly untilAt: EpochMs
  /** What to show of it. */
  readonly events: readonly HistoryEvent[]
}

/** A call with its answer, if it has one. One that certainly had no effect is none. */
export interface Call<Method extends RecordedMethod = RecordedMethod> extends Span {
  readonly method: Method
  readonly process: string
  readonly input: RecordedInput<Method>
  /** Undefined when nobody knows whether it took effect. */
  readonly output: RecordedOutput<Method> | undefined
}

/** A call of any method, told apart by `method`. */
export type AnyCall = { readonly [Method in RecordedMethod]: Call<Method> }[RecordedMethod]

/** Whether the first had taken effect before the second could. */
export function isBefore(first: Span, second: Span): boolean {
  return first.until < second.from
}

/** Whether the first may have taken effect before the second did. */
export function mayPrecede(first: Span, second: Span): boolean {
  return first.from < second.until
}

/** What was seen in one event. */
export function spanOf(event: HistoryEvent): Span {
  return { from: event.seq, until: event.seq, fromAt: event.at, untilAt: event.at, events: [event] }
}

/** Joins each call to its end, in the order of their beginnings. */
export function joinCalls(events: readonly HistoryEvent[]): AnyCall[] {
  const ends = new Map<number, OkEvent | RejectedEvent>()
  for (const event of events) {
    if (event.type === 'ok' || event.type === 'fail' || event.type === 'unknown') ends.set(event.call, event)
  }
  const calls: AnyCall[] = []
  for (const event of events) {
    if (event.type !== 'invoke') continue
    const end = ends.get(event.call)
    if (end?.type !== 'fail') calls.push(toCall(event, end))
  }
  return calls
}

function toCall(invoke: InvokeEvent, end: OkEvent | RejectedEvent | undefined): AnyCall {
  const isAnswered = end?.type === 'ok'
  return {
    method: invoke.method,
    process: invoke.process,
    input: invoke.input,
    output: isAnswered ? end.output : undefined,
    from: invoke.seq,
    until: isAnswered ? end.seq : Infinity,
    fromAt: invoke.at,
    untilAt: isAnswered ? end.at : Infinity,
    events: end === undefined ? [invoke] : [invoke, end],
  } as AnyCall
}
