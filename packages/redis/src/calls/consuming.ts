import {
  type ClaimedJob,
  type ClaimResult,
  type ExtendOutcome,
  KEPT_LOG_LINES,
  type Lease,
  type ReportEntry,
  type ReportOutcome,
  type SettleEntry,
  type Settlement,
  type SettleOutcome,
  type WorkerReport,
} from '@goscheds/core'
import { decodeRecord, decodeRun, describeUnread, leaseOf, NO_RUN, ticketOf } from '../job-record.js'
import type { Keys } from '../keys.js'
import { distinctNames, type ScriptCall } from './script-call.js'

/** What `claim` gets from core. */
export interface ClaimInput {
  readonly name: string
  readonly worker: string
  readonly limit: number
  readonly leaseMs: number
}

/** What a claim answers first while its name is paused. */
const HELD = 2

/** lua/claim.lua */
export function claimCall(keys: Keys, { name, worker, limit, leaseMs }: ClaimInput): ScriptCall<ClaimResult> {
  return {
    script: 'claim',
    keys: [
      ...[keys.jobs, keys.runs, keys.void, keys.ready(name), keys.active(name)],
      ...[keys.inbox(name, worker), keys.extras, keys.ordered(name), keys.control, keys.checkpoints],
    ],
    args: [name, worker, limit, leaseMs],
    decode(reply) {
      const end = reply.number()
      const claimedAt = Math.floor(reply.number())
      const hasCheckpoints = reply.number() === 1
      if (end === HELD) return { jobs: [], more: false, held: 'paused' }
      const jobs = reply.rest(() => {
        const job = toClaimedJob(reply.text(), reply.text(), reply.text(), claimedAt)
        const checkpoint = hasCheckpoints ? reply.optional() : undefined
        return checkpoint === undefined ? job : { ...job, checkpoint }
      })
      return { jobs, more: end === 1 }
    },
  }
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
export function extendCall(
  keys: Keys,
  leases: readonly Lease[],
  leaseMs: number,
): ScriptCall<readonly ExtendOutcome[]> {
  const outcomes: readonly ExtendOutcome[] = ['lost', 'held', 'cancel-requested']
  return {
    script: 'extend',
    keys: [keys.jobs, keys.cancels, ...distinctNames(leases).map(keys.active)],
    args: [leaseMs, ...leases.flatMap((lease) => [ticketOf(lease), lease.name, lease.id])],
    decode: (reply) => leases.map(() => outcomes[reply.number()] ?? 'lost'),
  }
}

/** lua/settle.lua */
export function settleCall(keys: Keys, entries: readonly SettleEntry[]): ScriptCall<readonly SettleOutcome[]> {
  const names = distinctNames(entries.map(({ lease }) => lease))
  return {
    script: 'settle',
    keys: [
      ...[keys.jobs, keys.runs, keys.errors, keys.results, keys.cancels, keys.extras, keys.failures],
      ...[keys.progress, keys.checkpoints, keys.logged, ...names.map(keys.active)],
    ],
    args: entries.flatMap(({ lease, settlement }) => {
      const { kind, ms, text } = encodeSettlement(settlement)
      return [kind, ticketOf(lease), lease.id, lease.name, ms, text]
    }),
    decode: (reply) =>
      entries.map((): SettleOutcome => {
        const state = reply.text()
        return state === '' ? { status: 'lost' } : { status: 'settled', state: state as 'ready' }
      }),
  }
}

function encodeSettlement(settlement: Settlement): { kind: string; ms: number | string; text: string } {
  switch (settlement.type) {
    case 'completed':
      return settlement.result === undefined
        ? { kind: 'completed', ms: encodeRetention(settlement), text: '' }
        : { kind: 'result', ms: encodeRetention(settlement), text: settlement.retentionMs > 0 ? settlement.result : '' }
    case 'retry':
      return { kind: 'retry', ms: settlement.delayMs, text: settlement.error }
    case 'released':
      return { kind: 'released', ms: settlement.delayMs, text: '' }
    case 'cancelled':
      return { kind: 'cancelled', ms: encodeRetention(settlement), text: '' }
    case 'dead':
      return { kind: settlement.reason, ms: encodeRetention(settlement), text: settlement.error }
  }
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
export function reportCall(keys: Keys, entries: readonly ReportEntry[]): ScriptCall<readonly ReportOutcome[]> {
  return {
    script: 'report',
    keys: [keys.jobs],
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
export function heartbeatCall(keys: Keys, report: WorkerReport, ttlMs: number): ScriptCall<void> {
  return {
    script: 'heartbeat',
    keys: [keys.jobs],
    args: [report.worker, ttlMs, JSON.stringify({ lanes: report.lanes })],
    decode: () => undefined,
  }
}

/** lua/leave.lua */
export function leaveCall(keys: Keys, worker: string): ScriptCall<void> {
  return { script: 'leave', keys: [keys.jobs], args: [worker], decode: () => undefined }
}
