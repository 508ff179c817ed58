import type { History } from '@goscheds/conformance/history'
import { answeredCalls, type Answered } from './answered-calls.js'
import { HeldOccurrences } from './held-occurrences.js'

/** What must have happened in many seeds, or the simulation is blind for it. */
export const OCCURRENCES = [
  'pushed with a priority',
  'pushed with a unique key',
  'kept off by its key',
  'replaced by its key',
  'rescheduled by its key',
  'queued again behind its key',
  'parked after a run',
  'parked by the reaper',
  'woken from behind a key',
  'redrive kept off by its key',
  'expired',
  'pushed with a kept count',
  'progress',
  'log line',
  'checkpoint',
  'report refused',
  'resumed from a checkpoint',
  'resumed after a crash',
  'generator',
  'snooze',
  'backoff function called',
  'backoff function failed',
  'pause of a name',
  'pause of all',
  'resume',
  'claim held by a pause',
  'pushed with a group',
  'limits set',
  'limits lifted',
  'claim held by its concurrency',
  'claim held by its rate',
  'groups set aside for a time',
  'place kept in an ordered group',
  'rate limit told',
  'claim held by a hold',
  'schedule put',
  'schedule changed meanwhile',
  'schedule paused',
  'schedule resumed',
  'schedule removed',
  'schedule triggered',
  'fired',
  'fire buffered',
  'fire skipped by its overlap',
  'times missed',
  'fire moved on by another',
  'fire of a paused schedule',
  'redrive of all names',
  'result told',
  'failure told',
  'cancel told',
  'death without an error told',
  'result not retained',
  'result of no job',
  'result timed out',
  'result wait ended by a stop',
] as const

export type Occurrence = (typeof OCCURRENCES)[number]
export type OccurrenceCounts = Record<Occurrence, number>

export function noOccurrences(): OccurrenceCounts {
  return Object.fromEntries(OCCURRENCES.map((kind) => [kind, 0])) as OccurrenceCounts
}

/** Counts what the store has seen, into `counts`. */
export function countOccurrences(inside: History, counts: OccurrenceCounts): void {
  const parked = new Set<string>()
  const held = new HeldOccurrences(counts)
  for (const call of answeredCalls(inside)) {
    countCall(call, counts, parked)
    held.take(call)
  }
}

function countCall(call: Answered, counts: OccurrenceCounts, parked: Set<string>): void {
  switch (call.method) {
    case 'enqueue':
      return call.output.forEach((outcome, index) => {
        const job = call.input.jobs[index]
        if (job?.priority !== undefined && job.priority !== 0) counts['pushed with a priority']++
        if (job?.retention.maxCount !== undefined) counts['pushed with a kept count']++
        if (job?.group !== undefined) counts['pushed with a group']++
        if (job?.unique === undefined) return
        counts['pushed with a unique key']++
        if (outcome.status === 'duplicate' && outcome.id !== job.id) counts['kept off by its key']++
        if (outcome.status === 'replaced') counts['replaced by its key']++
        if (outcome.status === 'rescheduled') counts['rescheduled by its key']++
        if (outcome.status !== 'queuedAgain') return
        counts['queued again behind its key']++
        parked.add(outcome.id)
      })
    case 'settle':
      return call.output.forEach((outcome, index) => {
        const { lease, settlement } = call.input.entries[index] ?? {}
        const isAtOnce = settlement !== undefined && 'delayMs' in settlement && settlement.delayMs === 0
        if (lease === undefined || outcome.status !== 'settled' || outcome.state !== 'scheduled' || !isAtOnce) return
        counts['parked after a run']++
        parked.add(lease.id)
      })
    case 'reap':
      counts.expired += call.output.expired.length
      for (const { id, outcome } of call.output.reaped) {
        if (outcome !== 'parked') continue
        counts['parked by the reaper']++
        parked.add(id)
      }
      return
    case 'claim':
      for (const { id, checkpoint, recoveries } of call.output.jobs) {
        if (parked.delete(id)) counts['woken from behind a key']++
        if (checkpoint === undefined) continue
        counts['resumed from a checkpoint']++
        if (recoveries > 0) counts['resumed after a crash']++
      }
      return
    case 'report':
      return call.output.forEach((outcome, index) => {
        const entry = call.input.entries[index]
        if (outcome === 'lost') counts['report refused']++
        else if (entry?.checkpoint !== undefined) counts.checkpoint++
        else if (entry?.progress !== undefined) counts.progress++
        else counts['log line']++
      })
    case 'setPaused':
      if (!call.input.paused) counts.resume++
      else counts[call.input.names === undefined ? 'pause of all' : 'pause of a name']++
      return
    case 'redrive':
      for (const { status } of call.output) if (status === 'duplicate') counts['redrive kept off by its key']++
      return
    default:
  }
}
