import type {
  ClaimedJob,
  EnqueueOutcome,
  ExtendOutcome,
  Fence,
  NewJob,
  ReapedJob,
  ReportEntry,
  ReportOutcome,
  Settlement,
  SettleOutcome,
  StoredJob,
} from '@goscheds/core'
import type { Call, Span } from './calls.js'
import type { HandlerStartEvent } from './event.js'

/** A job in a call of `enqueue`, or of a fire. In all of these, an outcome is undefined when the call was not answered. */
export interface Push extends Span {
  readonly job: NewJob
  /** `refused`: another job holds its unique key, and it was not stored. */
  readonly outcome: 'added' | 'duplicate' | 'refused' | undefined
  readonly answer: EnqueueOutcome | undefined
  /** It was added behind the holder of its key, so that it is not ready when it is due. */
  readonly isParked: boolean
  /** Of the fire of a schedule, that. */
  readonly call: Call<'enqueue'> | Call<'fireSchedule'>
  /** Its place in the call. */
  readonly index: number
}

/** A job in the answer of a `claim`. */
export interface Claim extends Span {
  readonly job: ClaimedJob
  readonly fence: Fence
  readonly call: Call<'claim'>
  readonly index: number
}

/** A lease in a call of `extend`. */
export interface Extension extends Span {
  readonly fence: Fence
  readonly leaseMs: number
  readonly outcome: ExtendOutcome | undefined
}

/** A lease in a call of `settle`. */
export interface Settle extends Span {
  readonly fence: Fence
  readonly settlement: Settlement
  readonly outcome: SettleOutcome | undefined
}

/** A lease in the answer of a `reap`. */
export interface Reaped extends Span {
  readonly job: ReapedJob
  readonly fence: Fence
  readonly call: Call<'reap'>
}

/** An id among those that a `reap` answered as expired. */
export interface Expiry extends Span {
  readonly call: Call<'reap'>
}

/** A lease in a call of `report`. */
export interface Report extends Span {
  readonly entry: ReportEntry
  readonly fence: Fence
  readonly outcome: ReportOutcome | undefined
  readonly call: Call<'report'>
  readonly index: number
}

/** An id in a call that controls jobs. */
export interface Control extends Span {
  readonly method: 'cancel' | 'reschedule' | 'remove' | 'redrive'
  readonly status: string | undefined
}

/** A job in the answer of `get` or `list`, or in a snapshot. */
export interface Sighting extends Span {
  readonly job: StoredJob
}

/** One run of a handler. */
export interface Run extends Span {
  readonly start: HandlerStartEvent
  readonly fence: Fence
}

/** All that a history says of one lease, each kind in the order of the history. */
export interface LeaseTrail {
  readonly claims: Claim[]
  readonly extensions: Extension[]
  readonly settles: Settle[]
  readonly reaps: Reaped[]
  readonly runs: Run[]
  /** Of the later claims of the job, the one that had certainly taken effect first. */
  overtakenBy: Claim | undefined
}

/** All that a history says of one id, each kind in the order of the history, but claims in that of their fences. */
export interface Trail {
  readonly id: string
  readonly pushes: Push[]
  readonly claims: Claim[]
  readonly settles: Settle[]
  readonly reaps: Reaped[]
  readonly expiries: Expiry[]
  readonly reports: Report[]
  readonly controls: Control[]
  readonly sightings: Sighting[]
  readonly runs: Run[]
  readonly leases: Map<string, LeaseTrail>
}

const NONE: LeaseTrail = { claims: [], extensions: [], settles: [], reaps: [], runs: [], overtakenBy: undefined }

/** A fence as a key. */
export function keyOf({ generation, claim }: Fence): string {
  return `${generation}.${claim}`
}

/** The unique key of a job with its name, as a key; nothing when it has none. */
export function uniqueKeyOf({ name, unique }: Pick<NewJob, 'name' | 'unique'>): string | undefined {
  return unique === undefined ? undefined : `${name}\n${unique.key}`
}

/** One run of a handler as a key: in a process, under a lease. */
export function runKey(process: string, id: string, fence: Fence): string {
  return `${process}\n${id}\n${keyOf(fence)}`
}

/** What a history says of the lease of this fence. */
export function leaseOf({ leases }: Trail, fence: Fence): LeaseTrail {
  return leases.get(keyOf(fence)) ?? NONE
}

/** Negative when the first is the older one. */
export function compareFences(a: Fence, b: Fence): number {
  return a.generation - b.generation || a.claim - b.claim
}

/** Whether two fences are one. */
export function isSameFence(a: Fence, b: Fence): boolean {
  return compareFences(a, b) === 0
}
