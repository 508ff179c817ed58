import type { Fence } from '@goscheds/core'
import { isBefore, mayPrecede, type Span } from './calls.js'
import { endedBefore } from './leases.js'
import { compareFences, type Trail } from './trails.js'

/** A text that a run has handed to the store for it to keep. */
export interface Saying {
  readonly span: Span
  readonly fence: Fence
  readonly text: string
  /** Whether the store answered that it kept it. */
  readonly isKept: boolean
  readonly call: unknown
  /** Its place in the call. */
  readonly index: number
}

/** A look at a job, with what it shows of what was said, by kind. */
export interface Seen {
  readonly span: Span
  /** The last lease that may have spoken before. */
  readonly until: Fence
  /** The text that was kept last. */
  readonly last: Readonly<Record<string, string | undefined>>
  /** Some of those that were kept. */
  readonly some: Readonly<Record<string, readonly string[]>>
}

/** Of what was certainly kept before that look, by the job that is seen, the last. */
export function lastKept(trail: Trail, said: readonly Saying[], seen: Seen): Saying | undefined {
  let last: Saying | undefined
  for (const one of said) {
    if (!one.isKept || !isBefore(one.span, seen.span) || !isOfLife(one, seen)) continue
    if (last === undefined || isAfter(one, last)) last = one
  }
  // Another job of the id has said nothing yet.
  return last !== undefined && mayBeAnother(trail, last, seen) ? undefined : last
}

/** What may have been kept by then; with `last`, only that and what may have come after it. */
export function mayHaveKept(trail: Trail, said: readonly Saying[], seen: Seen, last?: Saying): Set<string> {
  const texts = new Set<string>()
  for (const one of said) {
    if (!mayPrecede(one.span, seen.span) || !isOfLife(one, seen)) continue
    if (last !== undefined && isAfter(last, one)) continue
    // `lost` may be the answer to the second of two deliveries; what nobody heard of may have come too late.
    if (one.isKept || endedBefore(trail, one.fence, one.span) === undefined) texts.add(one.text)
  }
  return texts
}

/** Claims are counted through all of a life, generations only grow. */
function isOfLife({ fence }: Saying, { until }: Seen): boolean {
  return fence.claim <= until.claim && fence.generation <= until.generation
}

/** Whether the one certainly came after the other. */
function isAfter(one: Saying, other: Saying): boolean {
  const order = compareFences(one.fence, other.fence)
  if (order !== 0) return order > 0
  return one.call === other.call ? one.index > other.index : isBefore(other.span, one.span)
}

function mayBeAnother({ pushes }: Trail, { span }: Saying, seen: Seen): boolean {
  return pushes.some((push) => push.outcome !== 'refused' && mayPrecede(span, push) && mayPrecede(push, seen.span))
}
