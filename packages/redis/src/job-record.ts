import type { ClaimedJob, DeadReason, FinishedState, Lease, NewJob } from '@goscheds/core'

// lua/lib/record.lua and lua/lib/run.lua read and write the same texts; the version is in front of each.
const HEADER = /^1\t[a-p](\d+)-?\t([^\t]+)\t([\da-f]+)\t(-?[\da-f]*)(?:,\d+,\d+,(\d+))?\t/
const RUN = /^1\t(\d+)\t(\d+)\t(\d+)\t(completed|dead|cancelled|)\t(\d*)\t([a-z-]*)/

/** The immutable part of a stored job. */
export interface JobRecord {
  readonly generation: number
  readonly name: string
  readonly executeAt: number
  readonly enqueuedAt: number
  readonly options: string
  readonly payload: string
}

/** The mutable part, written when a job comes back from a run or is kept after its end. */
export interface RunRecord {
  readonly claims: number
  readonly attempts: number
  readonly recoveries: number
  readonly finished: FinishedState | undefined
  readonly finishedAt: number
  readonly deadReason: DeadReason | undefined
}

/** Of a job that has not come back from a run. */
export const NO_RUN: RunRecord = {
  claims: 0,
  attempts: 0,
  recoveries: 0,
  finished: undefined,
  finishedAt: 0,
  deadReason: undefined,
}

/** What a record that says nothing of its retention means by that. */
const COMPLETED_MS = 0
const DEAD_MS = 30 * 86_400_000

/** The part of a record that the client knows: enqueue puts version, stamp, name and times in front of it. */
export function encodeRecordRest({ retention: { completedMs, deadMs }, options, payload }: NewJob): string {
  if (options === '' && completedMs === COMPLETED_MS && deadMs === DEAD_MS) return `\t${payload}`
  // The length in front lets both texts be any, whatever characters they hold.
  return `,${completedMs},${deadMs},${options.length}\t${options}${payload}`
}

/** Reads a record; nothing if it cannot be read. */
export function decodeRecord(text: string): JobRecord | undefined {
  const header = HEADER.exec(text)
  if (header === null) return undefined
  const [whole, generation, name, enqueued = '', waits, optionsLength] = header
  const payloadAt = whole.length + Number(optionsLength ?? 0)
  if (name === undefined || payloadAt > text.length) return undefined
  const enqueuedAt = Number.parseInt(enqueued, 16)
  return {
    generation: Number(generation),
    name,
    executeAt: enqueuedAt + Number.parseInt(waits || '0', 16),
    enqueuedAt,
    options: text.slice(whole.length, payloadAt),
    payload: text.slice(payloadAt),
  }
}

/** Why a record, or the record of its runs, cannot be read: a later release wrote it, or it is damaged. */
export function describeUnread(text: string): Pick<ClaimedJob, 'damage' | 'unsupported'> {
  const version = Number(/^(\d+)\t/.exec(text)?.[1] ?? 1)
  return version > 1 ? { unsupported: `a record of version ${version}` } : { damage: 'its record is damaged' }
}

/** Reads a run record, the empty text for none; nothing if it cannot be read. */
export function decodeRun(text: string): RunRecord | undefined {
  if (text === '') return NO_RUN
  const run = RUN.exec(text)
  if (run === null) return undefined
  const [, claims, attempts, recoveries, finished, finishedAt, deadReason] = run
  return {
    claims: Number(claims),
    attempts: Number(attempts),
    recoveries: Number(recoveries),
    finished: finished === '' ? undefined : (finished as FinishedState),
    finishedAt: Number(finishedAt),
    deadReason: deadReason === '' ? undefined : (deadReason as DeadReason),
  }
}

/** The ticket under which a leased job stands in the active set: it is the fence. */
export function ticketOf({ id, name, fence }: Lease): string {
  const digits = String(fence.generation)
  return `${String.fromCharCode(96 + digits.length)}${digits}\t${fence.claim}\t${id}\t${name}`
}

/** The lease that a ticket of the active set stands for. Cut by hand: `split` takes three times as long. */
export function leaseOf(ticket: string): Lease {
  const claimAt = ticket.indexOf('\t') + 1
  const idAt = ticket.indexOf('\t', claimAt) + 1
  const nameAt = ticket.indexOf('\t', idAt) + 1
  const generation = Number(ticket.slice(1, claimAt - 1))
  const claim = Number(ticket.slice(claimAt, idAt - 1))
  return { id: ticket.slice(idAt, nameAt - 1), name: ticket.slice(nameAt), fence: { generation, claim } }
}
