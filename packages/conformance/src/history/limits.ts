import type { NameLimits } from '@goscheds/core'
import { type Call, isBefore, mayPrecede, type Span } from './calls.js'
import { mayHaveSettled } from './leases.js'
import type { Evidence } from './gather-evidence.js'
import type { Trail } from './trails.js'

/** A change of what a name is held to. */
export type SetLimits = Call<'setLimits'>

/** The changes of the limits of a name. */
export function limitsSet({ callsOf }: Evidence, name: string): readonly SetLimits[] {
  return callsOf('setLimits').filter(({ input }) => input.name === name)
}

/**
 * All limits that may have been in force when that took effect: those of each change that may have come before, unless
 * another has certainly come between. `undefined` among them: none, or whatever was set before the history began.
 */
export function possibleLimits(sets: readonly SetLimits[], that: Span): readonly (NameLimits | undefined)[] {
  const certain = sets.filter((set) => isBefore(set, that))
  const possible = sets.filter((set) => mayPrecede(set, that) && !certain.some((other) => isBefore(set, other)))
  const limits = possible.map(({ input }) => input.limits ?? undefined)
  return certain.length === 0 ? [undefined, ...limits] : limits
}

/** The most that one of these allows; infinite when one of them does not say. */
export function laxest<Limits>(possible: readonly Limits[], mostOf: (limits: Limits) => number | undefined): number {
  return possible.reduce((most, limits) => Math.max(most, mostOf(limits) ?? Infinity), 0)
}

/** Whether the name may have been held to something at some time from the one to the other, as far as the history tells. */
export function mayBeLimitedMeanwhile(evidence: Evidence, name: string, since: Span, by: Span): boolean {
  const sets = limitsSet(evidence, name)
  if (possibleLimits(sets, since).some((limits) => limits !== undefined)) return true
  if (sets.some((set) => set.input.limits !== null && mayPrecede(since, set) && mayPrecede(set, by))) return true
  return nameHolds(evidence, name).some((hold) => mayPrecede(hold, by) && hold.untilAt + hold.ms > since.fromAt)
}

/** Whether the name may have been on hold when that took effect. */
export function mayBeOnHold(evidence: Evidence, name: string, that: Span): boolean {
  return nameHolds(evidence, name).some((hold) => mayPrecede(hold, that) && hold.untilAt + hold.ms > that.fromAt)
}

/** A settlement that may have put its name on hold. */
export interface NameHold extends Span {
  readonly ms: number
  /** Whether it certainly has. */
  readonly isCertain: boolean
}

/** What may have put the name on hold. */
export function nameHolds({ callsOf, trails }: Evidence, name: string): readonly NameHold[] {
  return callsOf('settle').flatMap((call) => {
    const { from, until, fromAt, untilAt, events } = call
    return call.input.entries.flatMap(({ lease, settlement }, index): NameHold[] => {
      if (lease.name !== name || settlement.type !== 'released' || settlement.holdNameMs === undefined) return []
      const outcome = call.output?.[index]
      const isCertain = outcome?.status === 'settled'
      if (!isCertain && !mayHaveHeld(trails.get(lease.id), call, index)) return []
      return [{ from, until, fromAt, untilAt, events, ms: settlement.holdNameMs, isCertain }]
    })
  })
}

/** `lost` may be the answer to the second of two deliveries. */
function mayHaveHeld(trail: Trail | undefined, { input, from }: Call<'settle'>, index: number): boolean {
  const fence = input.entries[index]?.lease.fence
  const settle = trail?.settles.find((one) => {
    return one.from === from && one.fence.generation === fence?.generation && one.fence.claim === fence.claim
  })
  return trail === undefined || settle === undefined || mayHaveSettled(trail, settle)
}
