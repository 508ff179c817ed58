import type { Fence } from '@goscheds/core'
import { mayPrecede, type Span } from './calls.js'
import { isSettled, possibleSettles } from './leases.js'
import { type Claim, type Control, leaseOf, type Trail } from './trails.js'

/** What a claim may say of the attempts and recoveries before it. */
export interface Tally {
  readonly attempts: number
  readonly fewestRecoveries: number
  readonly mostRecoveries: number
}

/**
 * The tallies that a claim may come with, given the claim of the id that was seen before it. A claim whose answer
 * nobody saw is never settled: it can only have been reaped. Empty when nothing explains the claim.
 */
export function talliesOf(trail: Trail, before: Claim | undefined, claim: Claim): Tally[] {
  const tallies: Tally[] = []
  const number = claim.fence.claim
  const isRedriven = mayHave(trail, 'redrive', before, claim)
  const add = (attempts: number, recoveries: number, unseen: number): void => {
    tallies.push({ attempts, fewestRecoveries: recoveries + unseen, mostRecoveries: recoveries + unseen })
  }
  if (before !== undefined && mayBeOneLife(trail, before, claim)) {
    const unseen = number - before.fence.claim - 1
    const { attempts, recoveries } = before.job
    for (const end of endsOf(trail, before.fence, claim)) {
      if (end === 'retry') add(attempts + 1, recoveries, unseen)
      if (end === 'released') add(attempts, recoveries, unseen)
      if (end === 'reaped') add(attempts, recoveries + 1, unseen)
    }
    if (isRedriven) tallies.push({ attempts: 0, fewestRecoveries: 0, mostRecoveries: unseen })
  }
  if (mayBeNewLife(trail, before, claim)) {
    add(0, 0, number - 1)
    if (isRedriven) tallies.push({ attempts: 0, fewestRecoveries: 0, mostRecoveries: number - 1 })
  }
  return tallies
}

/** Whether a claim may come with so many recoveries. */
export function allows({ fewestRecoveries, mostRecoveries }: Tally, recoveries: number): boolean {
  return recoveries >= fewestRecoveries && recoveries <= mostRecoveries
}

/** Whether the claim may be of the job that was claimed before, by its fence alone. */
export function mayBeOneLife(trail: Trail, before: Claim, claim: Claim): boolean {
  if (claim.fence.claim <= before.fence.claim) return false
  return claim.fence.generation === before.fence.generation || mayHave(trail, 'reschedule', before, claim)
}

/** Whether the claim may be of a job that was pushed after the one that was claimed before. */
export function mayBeNewLife(trail: Trail, before: Claim | undefined, claim: Claim): boolean {
  if (before === undefined) return true
  if (claim.fence.generation <= before.fence.generation) return false
  return trail.pushes.some((push) => mayPrecede(before, push) && mayPrecede(push, claim))
}

/** Whether a claim's counters can be taken at their word. */
export function isLegible({ job }: Claim): boolean {
  return job.damage === undefined && job.unsupported === undefined
}

function mayHave({ controls }: Trail, method: Control['method'], after: Span | undefined, before: Span): boolean {
  return controls.some(
    (control) =>
      control.method === method && mayPrecede(control, before) && (after === undefined || mayPrecede(after, control)),
  )
}

/** How a lease may have ended: as was said, or else as anything that nobody saw. */
function endsOf(trail: Trail, fence: Fence, next: Claim): string[] {
  const [reaped] = leaseOf(trail, fence).reaps
  if (reaped !== undefined) return ['ready', 'parked'].includes(reaped.job.outcome) ? ['reaped'] : []
  const settles = possibleSettles(trail, fence, next)
  const settled = settles.find(isSettled)
  if (settled !== undefined) return [settled.settlement.type]
  return ['reaped', ...settles.map(({ settlement }) => settlement.type)]
}
