import {
  type ClaimedJob,
  type ClaimResult,
  type ExtendOutcome,
  type HeldReason,
  type JobGroup,
  KEPT_LOG_LINES,
  type Lease,
  type ReportEntry,
  type ReportOutcome,
  type SettleEntry,
  type Settlement,
  type SettleOutcome,
  type WorkerReport,
} from '@goscheds/core'
import { decodeGroup } from '../job-extras.js'
import { decodeRecord, decodeRun, describeUnread, leaseOf, NO_RUN, ticketOf } from '../job-record.js'
import { MAX_VALUES, type ScriptCall } from './script-call.js'

/** What `claim` gets from core. */
export interface ClaimInput {
  readonly name: string
  readonly worker: string
  readonly limit: number
  readonly leaseMs: number
}

/** What a claim answers first: that there may be more, or what holds its name. */
const MORE = 1
const HELD: readonly (HeldReason | undefined)[] = [undefined, undefined, 'paused', 'hold', 'concurrency', 'rate']

/** What comes with the jobs of a claim, or beside them. */
const WITH_CHECKPOINTS = 1
const WITH_GROUPS = 2
const WITH_HELD_FOR = 4
const WITH_SET_ASIDE = 8
const WITH_RUNS = 16

/** lua/claim.lua */
export function claimCall({ name, worker, limit, leaseMs }: ClaimInput): ScriptCall<ClaimResult> {
  return {
    script: 'claim',
    args: [name, worker, limit, leaseMs],
    decode(reply) {
      const end = reply.number()
      const claimedAt = Math.floor(reply.number())
      const parts = reply.number()
      const heldFor = (parts & WITH_HELD_FOR) === 0 ? '' : reply.text()
      const jobs = reply.rest(() => {
        const [ticket, record] = [reply.text(), reply.text()]
        const run = (parts & WITH_RUNS) === 0 ? '' : reply.text()
        const job = toClaimedJob(ticket, record, run, claimedAt)
        const checkpoint = (parts & WITH_CHECKPOINTS) === 0 ? undefined : reply.optional()
        const group = (parts & WITH_GROUPS) === 0 ? '' : reply.text()
        if (group === '') return checkpoint === undefined ? job : { ...job, checkpoint }
        return { ...job, ...(checkpoint !== undefined && { checkpoint }), group: readGroup(group) }
      })
      const held = HELD[end]
      const isSetAside = (parts & WITH_SET_ASIDE) !== 0
      if (held === undefined && !isSetAside) return { jobs, more: end === MORE }
      return {
        jobs,
        more: end === MORE,
        ...(isSetAside && { setAside: true }),
        ...(held !== undefined && { held }),
        ...(heldFor !== '' && { heldForMs: Number(heldFor) }),
      }
    },
  }
}

function readGroup(text: string): JobGroup {
  const [key = '', weight = ''] = text.split('\t')
  return decodeGroup(key, weight)
}

function toClaimedJob(ticket: string, recordText: string, runText: string, claimedAt: number): ClaimedJob {
  const { id, name, fence } = leaseOf(ticket)
  const record = decodeRecord(recordText)
  const run = decodeRun(runText)
  const { attempts, recoveries } = run ?? NO_RUN
  if (record === undefined) {
    const unknown = { options: '', executeAt: claimedAt, enqueuedAt: claimedAt }
    const why = describeUnread(recordText)
    return { id, name, fence, ...unknown, payload: recordText, claimedAt, attempts, recoveries, ...why }
  }
  const { payload, options, executeAt, enqueuedAt } = record
  // Written out: spreading objects here costs ten times as much as all the rest.
  const job = { id, name, fence, payload, options, executeAt, enqueuedAt, claimedAt, attempts, recoveries }
  return run === undefined ? { ...job, ...describeUnread(runText) } : job
}

/** lua/extend.lua */
export function extendCall(leases: readonly Lease[], leaseMs: number): ScriptCall<readonly ExtendOutcome[]> {
  const outcomes: readonly ExtendOutcome[] = ['lost', 'held', 'cancel-requested']
  return {
    script: 'extend',
    args: [leaseMs, ...leases.flatMap((lease) => [ticketOf(lease), lease.name, lease.id])],
    decode: (reply) => leases.map(() => outcomes[reply.number()] ?? 'lost'),
  }
}

/** lua/settle.lua */
export function settleCall(entries: readonly SettleEntry[]): ScriptCall<readonly SettleOutcome[]> {
  return {
    script: 'settle',
    args: settleArgs(entries),
    decode(reply) {
      if (!reply.hasMore) return entries.map(() => COMPLETED)
      return entries.map((): SettleOutcome => {
        const state = reply.text()
        return state === '' ? { status: 'lost' } : { status: 'settled', state: state as 'ready' }
      })
    },
  }
}

const COMPLETED: SettleOutcome = { status: 'settled', state: 'completed' }

/** Leases that end alike, one behind the other, share what is said of their end: most batches are one such run. */
function settleArgs(entries: readonly SettleEntry[]): (string | number)[] {
  const args: (string | number)[] = []
  let run: { readonly name: string; readonly end: EncodedEnd; readonly countAt: number } | undefined
  let count = 0
  for (const { lease, settlement } of entries) {
    const end = encodeSettlement(settlement)
    if (run === undefined || run.name !== lease.name || !isSameEnd(run.end, end) || count === MAX_VALUES) {
      args.push(end.kind, lease.name, end.ms, end.text, 0)
      run = { name: lease.name, end, countAt: args.length - 1 }
      count = 0
    }
    args[run.countAt] = ++count
    args.push(ticketOf(lease))
  }
  return args
}

/** How a lease ends, as lua/settle.lua reads it. */
interface EncodedEnd {
  readonly kind: string
  readonly ms: number | string
  readonly text: string
}

function isSameEnd(a: EncodedEnd, b: EncodedEnd): boolean {
  return a.kind === b.kind && a.ms === b.ms && a.text === b.text
}

function encodeSettlement(settlement: Settlement): EncodedEnd {
  switch (settlement.type) {
    case 'completed':
      return settlement.result === undefined
        ? { kind: 'completed', ms: encodeRetention(settlement), text: '' }
        : { kind: 'result', ms: encodeRetention(settlement), text: settlement.retentionMs > 0 ? settlement.result : '' }
    case 'retry':
      return { kind: 'retry', ms: settlement.delayMs, text: settlement.error }
    case 'released':
      return { kind: 'released', ms: encodeDelay(settlement), text: '' }
    case 'cancelled':
      return { kind: 'cancelled', ms: encodeRetention(settlement), text: '' }
    case 'dead':
      return { kind: settlement.reason, ms: encodeRetention(settlement), text: settlement.error }
  }
}

/** The delay, and behind it for how long the name is held. */
function encodeDelay({
  delayMs,
  holdNameMs,
}: {
  readonly delayMs: number
  readonly holdNameMs?: number
}): number | string {
  return holdNameMs === undefined ? delayMs : `${delayMs}/${holdNameMs}`
}

/** The span, and behind it how many are kept at most. */
function encodeRetention({
  retentionMs,
  maxCount,
}: {
  readonly retentionMs: number
  readonly maxCount?: number
}): number | string {
  return maxCount === undefined || retentionMs === 0 ? retentionMs : `${retentionMs}/${maxCount}`
}

/** lua/report.lua */
export function reportCall(entries: readonly ReportEntry[]): ScriptCall<readonly ReportOutcome[]> {
  return {
    script: 'report',
    args: [
      KEPT_LOG_LINES,
      ...entries.flatMap(({ lease, progress, checkpoint, lines = [] }) => {
        // No more than are kept, as one command takes only so many.
        const last = lines.slice(-KEPT_LOG_LINES)
        return [ticketOf(lease), lease.name, lease.id, marked(progress), marked(checkpoint), last.length, ...last]
      }),
    ],
    decode: (reply) => entries.map(() => (reply.number() === 1 ? 'reported' : 'lost')),
  }
}

function marked(text: string | undefined): string {
  return text === undefined ? '' : `=${text}`
}

/** lua/heartbeat.lua */
export function heartbeatCall(report: WorkerReport, ttlMs: number): ScriptCall<void> {
  return {
    script: 'heartbeat',
    args: [report.worker, ttlMs, JSON.stringify({ lanes: report.lanes })],
    decode: () => undefined,
  }
}

/** lua/leave.lua */
export function leaveCall(worker: string): ScriptCall<void> {
  return { script: 'leave', args: [worker], decode: () => undefined }
}
