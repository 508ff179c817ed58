import type { AnyCall } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G17: a batch has an outcome for each of its entries, in their order. */
export function* outcomes({ calls }: Evidence): Iterable<Violation> {
  for (const call of calls) {
    const ids = batchOf(call)
    if (ids === undefined || !Array.isArray(call.output)) continue
    const { method, output } = call
    if (output.length !== ids.length) {
      const message = `${method} answered ${output.length} outcomes for ${ids.length} entries`
      yield violation('G17', undefined, message, [call])
      continue
    }
    const index = output.findIndex(
      (one: unknown, place) => isAboutAnother(one, ids[place]) && !mayNameHolder(call, place),
    )
    if (index >= 0) yield violation('G17', ids[index], `${method} answered about another job in its place`, [call])
  }
}

/** The ids that a call asked about, for those methods that answer one by one. */
function batchOf({ method, input }: AnyCall): readonly string[] | undefined {
  switch (method) {
    case 'enqueue':
      return input.jobs.map(({ id }) => id)
    case 'extend':
      return input.leases.map(({ id }) => id)
    case 'settle':
    case 'report':
      return input.entries.map(({ lease }) => lease.id)
    case 'reschedule':
      return input.entries.map(({ id }) => id)
    case 'fireSchedule':
      return input.fires.map(({ run }) => run?.job.id ?? '')
    case 'cancel':
    case 'remove':
    case 'removeSchedule':
    case 'redrive':
    case 'get':
      return input.ids
    default:
      return undefined
  }
}

/** Of a job with a unique key, the answer may name the job that holds it. */
function mayNameHolder(call: AnyCall, place: number): boolean {
  const { method, input } = call
  if (method === 'redrive') return call.output?.[place]?.status === 'duplicate'
  if (method !== 'enqueue' || input.jobs[place]?.unique === undefined) return false
  const status = call.output?.[place]?.status
  return status === 'duplicate' || status === 'rescheduled'
}

function isAboutAnother(outcome: unknown, id: string | undefined): boolean {
  if (isFire(outcome)) return outcome.status !== 'skipped' && outcome.jobId !== id
  return typeof outcome === 'object' && outcome !== null && 'id' in outcome && outcome.id !== id
}

/** What is skipped names the job for which it was. */
function isFire(outcome: unknown): outcome is { readonly status: string; readonly jobId: string } {
  return typeof outcome === 'object' && outcome !== null && 'jobId' in outcome
}
