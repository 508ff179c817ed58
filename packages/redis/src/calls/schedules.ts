import type {
  FireOutcome,
  FireTime,
  KeptFire,
  PutScheduleOutcome,
  ScheduleFire,
  StoredSchedule,
  StoreInput,
} from '@goscheds/core'
import { encodeExtras, hasExtras } from '../job-extras.js'
import { encodeRecordRest } from '../job-record.js'
import { encodeDue } from './producing.js'
import type { ReplyReader, ScriptCall } from './script-call.js'

/** lua/put-schedule.lua */
export function putScheduleCall({ schedule, expect }: StoreInput<'putSchedule'>): ScriptCall<PutScheduleOutcome> {
  const { id, rule, next, pausedNote } = schedule
  return {
    script: 'putSchedule',
    args: [id, rule, ...encodeTime(next), encodeNote(pausedNote), expect?.revision ?? '', expect?.fireAt ?? ''],
    decode(reply) {
      const revision = reply.text()
      return revision === '' ? { status: 'moved' } : { status: 'put', revision: Number(revision) }
    },
  }
}

/** lua/remove-schedule.lua */
export function removeScheduleCall(ids: readonly string[]): ScriptCall<readonly boolean[]> {
  return {
    script: 'removeSchedule',
    args: ids,
    decode: (reply) => ids.map(() => reply.number() === 1),
  }
}

/** lua/fire-schedule.lua */
export function fireScheduleCall(fires: readonly ScheduleFire[]): ScriptCall<readonly FireOutcome[]> {
  return {
    script: 'fireSchedule',
    args: fires.flatMap(encodeFire),
    decode: (reply) =>
      fires.map(() => {
        const [status, jobId] = [reply.text(), reply.text()]
        return (jobId === '' ? { status } : { status, jobId }) as FireOutcome
      }),
  }
}

function encodeFire({ id, overlap, turn, run }: ScheduleFire): (string | number)[] {
  return [
    id,
    overlap,
    turn?.revision ?? '',
    turn?.fireAt ?? '',
    ...encodeTime(turn?.next ?? null),
    turn?.missed ?? 0,
    turn?.maxRuns ?? '',
    encodeNote(turn?.pauseOnDead),
    ...encodeRun(run),
  ]
}

function encodeRun(run: ScheduleFire['run']): (string | number)[] {
  if (run === undefined) return ['', '', '', '', '', '']
  const { fireAt, job } = run
  return [fireAt, job.id, job.name, encodeDue(job), encodeRecordRest(job), hasExtras(job) ? encodeExtras(job) : '']
}

/** lua/list-schedules.lua */
export function listSchedulesCall({ limit, ids, cursor }: StoreInput<'listSchedules'>): ScriptCall<{
  readonly schedules: readonly StoredSchedule[]
  readonly cursor: string | null
  readonly now: number
}> {
  return {
    script: 'listSchedules',
    args: ids === undefined ? ['page', limit, cursor ?? ''] : ['ids', ...inOrder(ids)],
    decode(reply) {
      const now = reply.number()
      const next = reply.text()
      return { schedules: reply.rest(() => readSchedule(reply)), cursor: next === '' ? null : next, now }
    },
  }
}

/** Each once, by code points: UTF-8 sorts as they do. */
function inOrder(ids: readonly string[]): string[] {
  const all = [...new Set(ids)].map((id) => ({ id, bytes: Buffer.from(id) }))
  return all.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ id }) => id)
}

function readSchedule(reply: ReplyReader): StoredSchedule {
  const [id, revision, createdAt, updatedAt] = [reply.text(), reply.number(), reply.number(), reply.number()]
  const pausedAt = reply.text()
  const next = decodeTime(reply.text(), reply.text())
  const [fired, missed, skipped] = [reply.number(), reply.number(), reply.number()]
  const [rule, pausedNote] = [reply.text(), reply.text()]
  const fires = reply.text().split('\n').slice(0, -1).map(decodeFire)
  return {
    id,
    rule,
    next,
    revision,
    createdAt,
    updatedAt,
    ...(pausedAt !== '' && { pausedNote, pausedAt: Number(pausedAt) }),
    fired,
    missed,
    skipped,
    fires,
  }
}

function decodeFire(line: string): KeptFire {
  const [fireAt, at, outcome, jobId = ''] = line.split('\t')
  return {
    fireAt: Number(fireAt),
    at: Number(at),
    outcome: outcome as KeptFire['outcome'],
    ...(jobId !== '' && { jobId }),
  }
}

function encodeTime(next: FireTime | null): [fireAt: string | number, dueAt: string | number] {
  return next === null ? ['', ''] : [next.fireAt, next.dueAt]
}

function decodeTime(fireAt: string, dueAt: string): FireTime | null {
  return fireAt === '' ? null : { fireAt: Number(fireAt), dueAt: Number(dueAt) }
}

/** A note may be empty, which is not the same as none. */
function encodeNote(note: string | undefined): string {
  return note === undefined ? '' : `=${note}`
}
