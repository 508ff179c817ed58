import { InvalidArgumentError } from '@goscheds/core'
import type {
  FailedAttempt,
  JobState,
  NameCounts,
  StoredJob,
  StoredJobPage,
  WorkerRecord,
  WorkerReport,
} from '@goscheds/core'
import { decodeExtras } from '../job-extras.js'
import { decodeRecord, decodeRun, NO_RUN } from '../job-record.js'
import { decodeLimits } from '../name-limits.js'
import type { ReplyReader, ScriptCall } from './script-call.js'

/** The due time of a job that waits for its unique key. */
const PARKED = 'inf'

/** What `list` gets from core. */
export interface ListInput {
  readonly name: string
  readonly state: JobState
  readonly limit: number
  readonly cursor?: string | null
}

/** lua/get.lua */
export function getCall(ids: readonly string[]): ScriptCall<readonly (StoredJob | null)[]> {
  return {
    script: 'get',
    args: ids,
    decode: (reply) => ids.map((id) => readFullJob(id, reply)),
  }
}

/** lua/list.lua */
export function listCall({ name, state, limit, cursor }: ListInput): ScriptCall<StoredJobPage> {
  const form =
    state === 'ready'
      ? /^-?\d+$|^-?[.\d]+\t[^]+$|^g$|^g[123]\t[^\t]+\t[^\t]+\t[^\t]+\t[^]*$/
      : /^(inf|[-+.\de]+)\t[^]+$/
  if (typeof cursor === 'string' && !form.test(cursor)) {
    throw new InvalidArgumentError('cursor is not one that list() returned')
  }
  return {
    script: 'list',
    args: [name, state, limit, cursor ?? ''],
    decode(reply) {
      const next = reply.text()
      const jobs = reply.rest(() => readStoredJob(reply.text(), reply)).filter((job) => job !== null)
      return { jobs, cursor: next === '' ? null : next }
    },
  }
}

/** Reads what lua/get.lua gives of a job: what show() does, its failed attempts, and its log. */
function readFullJob(id: string, reply: ReplyReader): StoredJob | null {
  const job = readStoredJob(id, reply)
  const failures = times(reply.number(), (): FailedAttempt => {
    return { attempt: reply.number(), at: reply.number(), error: reply.text() }
  })
  const log = times(reply.number(), () => reply.text())
  if (job === null) return null
  return { ...job, ...(failures.length > 0 && { failures }), ...(log.length > 0 && { log }) }
}

function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read)
}

/** Reads what show() of lua/lib/find.lua gives. */
function readStoredJob(id: string, reply: ReplyReader): StoredJob | null {
  const state = reply.text()
  const [recordText, runText] = [reply.text(), reply.text()]
  const [error, result, place, cancelRequested] = [reply.optional(), reply.optional(), reply.text(), reply.number()]
  const extras = decodeExtras(reply.text())
  const [progress, checkpoint] = [reply.optional(), reply.optional()]
  if (state === '') return null
  // Of a record that cannot be read, its text is shown, as is what else is known.
  const unknown = { name: '', payload: recordText, options: '', executeAt: 0, enqueuedAt: 0, generation: 0 }
  const { finished, finishedAt, deadReason, ...run } = decodeRun(runText) ?? NO_RUN
  return {
    id,
    ...(decodeRecord(recordText) ?? unknown),
    ...run,
    ...extras,
    state: state as JobState,
    // The run record is written when a run ends, so it does not know of the one under way.
    ...(state === 'active' && { claims: run.claims + 1, leaseUntil: Number(place) }),
    ...(state === 'scheduled' && place !== PARKED && { dueAt: Number(place) }),
    ...(cancelRequested === 1 && { cancelRequested: true }),
    ...(finished !== undefined && { finishedAt }),
    ...(deadReason !== undefined && { deadReason }),
    ...(error !== undefined && { error }),
    ...(result !== undefined && { result }),
    ...(progress !== undefined && { progress }),
    ...(checkpoint !== undefined && { checkpoint }),
  }
}

/** lua/counts.lua */
export function countsCall(names?: readonly string[]): ScriptCall<readonly NameCounts[]> {
  return {
    script: 'counts',
    args: names === undefined ? ['all'] : ['named', ...new Set(names)],
    decode(reply) {
      const all = reply.rest(() => readCounts(reply))
      const wanted = names === undefined ? all.filter(hasJobs) : all
      return wanted.sort((a, b) => (a.name < b.name ? -1 : 1))
    },
  }
}

function readCounts(reply: ReplyReader): NameCounts {
  const name = reply.text()
  const [scheduled, ready, active] = [reply.number(), reply.number(), reply.number()]
  const [completed, dead, cancelled] = [reply.number(), reply.number(), reply.number()]
  const oldest = reply.text()
  const oldestReadyMs = oldest === '' ? null : Number(oldest)
  const paused = reply.number() === 1
  const groups = reply.number()
  const limits = decodeLimits(reply.text())
  const counts = { name, scheduled, ready, active, completed, dead, cancelled, oldestReadyMs, paused, groups }
  return limits === undefined ? counts : { ...counts, limits }
}

function hasJobs({ scheduled, ready, active, completed, dead, cancelled }: NameCounts): boolean {
  return scheduled + ready + active + completed + dead + cancelled > 0
}

/** lua/workers.lua */
export function workersCall(): ScriptCall<readonly WorkerRecord[]> {
  return {
    script: 'workers',
    args: [],
    decode: (reply) =>
      reply
        .rest((): WorkerRecord => {
          const [worker, expiresAt, text] = [reply.text(), reply.number(), reply.text()]
          const tab = text.indexOf('\t')
          const { lanes } = JSON.parse(text.slice(tab + 1)) as Pick<WorkerReport, 'lanes'>
          return { worker, lanes, seenAt: Number(text.slice(0, tab)), expiresAt }
        })
        .sort((a, b) => (a.worker < b.worker ? -1 : 1)),
  }
}
