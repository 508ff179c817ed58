import {
  type AuditFinding,
  type AuditKind,
  type AuditPage,
  type AuditSuspect,
  InvalidArgumentError,
} from '@goscheds/core'
import type { ReplyReader, ScriptCall } from './script-call.js'

/** lua/audit.lua */
export function auditCall(limit: number, cursor: string | null = null): ScriptCall<AuditPage> {
  if (cursor !== null && !/^[123]\t[^\t]*\t\d+\t(end|-?\d+|g[123]\t[^]+)$/.test(cursor)) {
    throw new InvalidArgumentError('cursor is not one that audit() returned')
  }
  return {
    script: 'audit',
    args: [limit, cursor ?? ''],
    decode(reply) {
      const next = reply.text()
      const [looked, suspected, awaited] = [reply.number(), reply.number(), reply.number()]
      return {
        looked,
        suspects: times(suspected, () => ({ kind: reply.text() as AuditKind, key: reply.text() })),
        awaited: times(awaited, () => reply.text()),
        seen: reply.rest(() => reply.text()),
        findings: [],
        cursor: next === '' ? null : next,
      }
    },
  }
}

/** lua/audit-again.lua */
export function auditAgainCall(suspects: readonly AuditSuspect[]): ScriptCall<AuditPage> {
  return {
    script: 'auditAgain',
    args: suspects.flatMap(({ kind, key }) => [kind, key]),
    decode(reply) {
      const findings = reply.rest(() => readFinding(suspects, reply))
      return { looked: suspects.length, suspects: [], awaited: [], seen: [], findings, cursor: null }
    },
  }
}

function readFinding(suspects: readonly AuditSuspect[], reply: ReplyReader): AuditFinding {
  const { kind, key } = suspects[reply.number()] as AuditSuspect
  const [id, name, counted, actual] = [reply.text(), reply.text(), reply.text(), reply.text()]
  const [place = ''] = key.split('\t')
  return {
    kind,
    key,
    ...(id !== '' && { id }),
    ...(name !== '' && { name }),
    message: isOfSchedules(place) ? ofSchedule(kind, place, counted) : messageOf(kind, place, counted, actual),
  }
}

function messageOf(kind: AuditKind, place: string, counted: string, actual: string): string {
  const messages: Readonly<Record<AuditKind, string>> = {
    'lost-job':
      place === 'ready'
        ? 'it is ready, and in no queue or inbox'
        : 'it is in no set, or waits for a key and nothing would wake it',
    'two-places': place === 'ready' ? 'its queue would hand it out once too often' : `it is in ${place}, and elsewhere`,
    orphan:
      place === 'void'
        ? `${actual} tickets of its queue have no job, ${counted} are accounted for`
        : `${place} holds it, and there is no such job`,
    'lease-without-job': 'it is on progress, and there is no such job',
    'unlisted-name': 'it has jobs and is not in the set of names',
    'wrong-count': `${place} says ${counted}, there are ${actual}`,
    unreadable: place === 'damaged' ? `set aside: ${counted}` : `what ${place} holds cannot be read`,
    leftover: `${place} has an entry that no job needs`,
  }
  return messages[kind]
}

function isOfSchedules(place: string): boolean {
  return place === 'schedules' || place === 'schedule-ids' || place === 'fires'
}

function ofSchedule(kind: AuditKind, place: string, id: string): string {
  if (kind === 'lost-job') return `schedule ${id} is not listed, or not among those that fire at its time`
  if (kind === 'orphan') return `${place} holds ${id}, and there is no such schedule`
  return kind === 'unreadable' ? `schedule ${id} cannot be read` : `schedule ${id} is not to fire, and in ${place}`
}

function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read)
}
