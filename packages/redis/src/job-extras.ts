import type { JobGroup, NewJob, StoredJob, UniqueConflict, UniqueKey } from '@goscheds/core'

// lua/lib/extras.lua reads the same text; the version is in front. Before there were groups, it ended with the key.
const EXTRAS = /^1\t(-?\d+)\t(-?\d*)\t\d*\t(\w*)\t(\w*)\t([^\t]*)(?:\t([^\t]*)\t([^\t]*))?/

/** Whether a job asks for anything that is kept apart from its record. */
export function hasExtras({ priority, expiresAt, unique, retention, group }: NewJob): boolean {
  return (
    (priority !== undefined && priority !== 0) ||
    expiresAt !== undefined ||
    unique !== undefined ||
    group !== undefined ||
    retention.maxCount !== undefined
  )
}

/** What a job asks for beyond the plain, as it is stored. */
export function encodeExtras({ priority, expiresAt, unique, retention, group }: NewJob): string {
  const { key, until, onConflict } = unique ?? { key: '', until: '', onConflict: '' }
  const holdsUntil = typeof until === 'string' ? until : until.ttlMs
  const texts = ['1', priority ?? 0, expiresAt ?? '', retention.maxCount ?? '', holdsUntil, onConflict, key]
  return [...texts, ...(group === undefined ? [] : [group.key, group.weight ?? ''])].join('\t')
}

/** Reads it as a reader of the job is to see it; nothing where there is none, or where a later release wrote it. */
export function decodeExtras(text: string): Pick<StoredJob, 'priority' | 'expiresAt' | 'unique' | 'group'> {
  const extras = EXTRAS.exec(text)
  if (extras === null) return {}
  const [, priority, expiresAt = '', until = '', onConflict, key = '', groupKey = '', weight = ''] = extras
  const unique: UniqueKey = { key, until: decodeUntil(until), onConflict: onConflict as UniqueConflict }
  return {
    ...(priority !== '0' && { priority: Number(priority) }),
    ...(expiresAt !== '' && { expiresAt: Number(expiresAt) }),
    ...(key !== '' && { unique }),
    ...(groupKey !== '' && { group: decodeGroup(groupKey, weight) }),
  }
}

function decodeUntil(until: string): UniqueKey['until'] {
  return until === 'finished' || until === 'started' ? until : { ttlMs: Number(until) }
}

/** The group of a job, of which the weight may be absent. */
export function decodeGroup(key: string, weight: string): JobGroup {
  return weight === '' ? { key } : { key, weight: Number(weight) }
}
