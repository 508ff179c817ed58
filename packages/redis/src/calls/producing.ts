import type {
  DueSchedule,
  EnqueueOutcome,
  NewJob,
  PromoteResult,
  PruneResult,
  ReapedJob,
  ReapResult,
} from '@goscheds/core'
import { encodeExtras, hasExtras } from '../job-extras.js'
import { encodeRecordRest, leaseOf } from '../job-record.js'
import { MAX_VALUES, type ReplyReader, type ScriptCall } from './script-call.js'

/** lua/enqueue.lua */
export function enqueueCall(jobs: readonly NewJob[]): ScriptCall<readonly EnqueueOutcome[]> {
  const ids = jobs.map(({ id }) => id)
  const runs = runsOf(jobs)
  const extras = extrasOf(jobs)
  const isPlain = jobs.length <= MAX_VALUES && extras.length === 0 && new Set(ids).size === ids.length
  const args: (string | number)[] = [isPlain ? 'plain' : '', jobs.length, runs.length, ...ids]
  for (const job of jobs) args.push(encodeRecordRest(job))
  for (const { name, due, count } of runs) args.push(name, due, count)
  args.push(...extras)
  return {
    script: 'enqueue',
    args,
    decode: (reply) => ids.map((id) => (reply.hasMore ? toEnqueueOutcome(id, reply.text()) : { status: 'added', id })),
  }
}

/** The number of a job, from 1, and what it asks for, … for each that asks for anything. */
function extrasOf(jobs: readonly NewJob[]): (string | number)[] {
  const extras: (string | number)[] = []
  jobs.forEach((job, index) => {
    if (hasExtras(job)) extras.push(index + 1, encodeExtras(job))
  })
  return extras
}

interface Run {
  readonly name: string
  readonly due: string
  count: number
}

/** Jobs that follow one another and have name and due time in common. */
function runsOf(jobs: readonly NewJob[]): readonly Run[] {
  const runs: Run[] = []
  let last: Run | undefined
  for (const job of jobs) {
    const due = encodeDue(job)
    if (last?.name !== job.name || last.due !== due) runs.push((last = { name: job.name, due, count: 0 }))
    last.count++
  }
  return runs
}

function toEnqueueOutcome(id: string, answer: string): EnqueueOutcome {
  if (answer === '1') return { status: 'added', id }
  if (answer === '0') return { status: 'duplicate', id }
  const [status, other = ''] = answer.split('\t')
  if (status === 'replaced') return { status, id, replacedId: other }
  return status === 'queuedAgain' ? { status, id } : { status: status as 'duplicate' | 'rescheduled', id: other }
}

/** lua/promote.lua */
export function promoteCall(limit: number): ScriptCall<PromoteResult> {
  return {
    script: 'promote',
    args: [limit],
    decode(reply) {
      const promoted = reply.number()
      const next = reply.text()
      return { promoted, nextDueInMs: next === '' ? null : Number(next), ...readDue(reply) }
    },
  }
}

function readDue(reply: ReplyReader): Pick<PromoteResult, 'due'> {
  if (!reply.hasMore) return {}
  const now = reply.number()
  const schedules = reply.rest((): DueSchedule => {
    const [id, rule, revision, fired] = [reply.text(), reply.text(), reply.number(), reply.number()]
    return { id, rule, revision, fired, fireAt: reply.number(), dueAt: reply.number() }
  })
  return { due: { now, schedules } }
}

/** lua/reap.lua */
export function reapCall(limit: number, maxRecoveries: number): ScriptCall<ReapResult> {
  return {
    script: 'reap',
    args: [limit, maxRecoveries],
    decode(reply) {
      const returned = reply.number()
      const expired = Array.from({ length: reply.number() }, () => ({ id: reply.text(), name: reply.text() }))
      const reaped = reply.rest((): ReapedJob => {
        const outcome = reply.text() as ReapedJob['outcome']
        return { ...leaseOf(reply.text()), outcome, recoveries: reply.number() }
      })
      return { reaped, expired, returned }
    },
  }
}

/** lua/prune.lua */
export function pruneCall(limit: number, maxDeadPerName: number): ScriptCall<PruneResult> {
  return {
    script: 'prune',
    args: [limit, Math.min(maxDeadPerName, Number.MAX_SAFE_INTEGER)],
    decode: (reply) => ({ pruned: reply.number() }),
  }
}

/** As lua/lib/numbers.lua reads it: at an instant, after a delay, or now. */
export function encodeDue({ executeAt, delayMs }: { readonly executeAt?: number; readonly delayMs?: number }): string {
  if (executeAt !== undefined) return `a${executeAt}`
  return delayMs === undefined ? '' : `d${delayMs}`
}
