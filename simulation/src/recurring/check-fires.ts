import type { StoredSchedule } from '@goscheds/core'
import type { LoggedFire } from './fire-log.js'
import { type Plan, WINDOW_MS } from './plans.js'

/** What became of nominal times. */
export interface FireFigures {
  fired: number
  buffered: number
  skipped: number
  missed: number
  /** Calls that came after another scheduler had made the fire, or before its time. */
  refused: number
  latestMs: number
}

/** Before any. */
export const NO_FIRES: Readonly<FireFigures> = {
  ...{ fired: 0, buffered: 0, skipped: 0, missed: 0, refused: 0, latestMs: 0 },
}

/** Those of several schedules together. */
export function together(all: readonly Readonly<FireFigures>[]): Readonly<FireFigures> {
  const sum = (name: keyof FireFigures): number => all.reduce((total, figures) => total + figures[name], 0)
  return {
    ...{ fired: sum('fired'), buffered: sum('buffered'), skipped: sum('skipped') },
    ...{ missed: sum('missed'), refused: sum('refused') },
    latestMs: Math.max(0, ...all.map(({ latestMs }) => latestMs)),
  }
}

const MOVED_ON: readonly string[] = ['fired', 'buffered', 'skipped', 'passed', 'duplicate']

/**
 * Reads the log of one schedule: each time at which it must have fired has been decided exactly once and in order, none
 * before it had come, and none within the catch-up window was passed over; and each decision is what the overlap policy
 * says of the jobs that were going on. → what is wrong, and what became of the times
 */
export function checkFires(
  { input, overlap, jitterMs, expected }: Plan,
  log: readonly LoggedFire[],
  { putAt, endedAt, stored }: { readonly putAt: number; readonly endedAt: number; readonly stored: StoredSchedule },
): { readonly wrong: readonly string[]; readonly figures: Readonly<FireFigures> } {
  const wrong: string[] = []
  const own = log.filter(({ fire }) => fire.id === input.id)
  const decided = own.filter(({ outcome }) => MOVED_ON.includes(outcome.status))
  const figures = { ...NO_FIRES, refused: own.length - decided.length }
  const times = expected(putAt, endedAt)
  // Where all schedules of the same kind were put at once, jitter does not change which time is the first.
  let place = 0
  const complain = (what: string, at: number): void => {
    wrong.push(`${input.id}: ${what} (${Number.isFinite(at) ? new Date(at).toISOString() : 'never'})`)
  }
  for (const one of decided) {
    const { at, fire, outcome } = one
    const { turn, run } = fire
    if (turn?.fireAt !== times[place])
      complain(`it stood at ${String(turn?.fireAt)}, not at the next time`, times[place] ?? at)
    for (let missed = turn?.missed ?? 0; missed > 0; missed--, place++) {
      figures.missed++
      const dueAt = times[place] ?? Infinity
      if (at <= dueAt + WINDOW_MS) complain('a time within the window was passed over', dueAt)
    }
    if (run !== undefined) {
      const dueAt = times[place++] ?? NaN
      const lateMs = at - dueAt
      figures.latestMs = Math.max(figures.latestMs, lateMs)
      if (run.fireAt !== dueAt)
        complain(`${new Date(run.fireAt).toISOString()} was fired, which is not the next time`, dueAt)
      if (lateMs < 0) complain('it fired before its time', dueAt)
      if (lateMs > WINDOW_MS + jitterMs + LATE_EFFECT_MS) complain('it fired after the window', dueAt)
    }
    if (outcome.status === 'fired' || outcome.status === 'buffered' || outcome.status === 'skipped') {
      figures[outcome.status]++
    }
    const fault = overlapFault(overlap, one)
    if (fault !== undefined) complain(fault, run?.fireAt ?? at)
  }
  const next = stored.next?.fireAt
  if (next !== (times[place] ?? next)) complain('it ended elsewhere than its log says', next ?? endedAt)
  const counted = [stored.fired, stored.skipped, stored.missed].join(', ')
  const logged = [figures.fired + figures.buffered, figures.skipped, figures.missed].join(', ')
  if (counted !== logged) complain(`its counters say ${counted}, and its log ${logged}`, endedAt)
  const jobIds = decided.flatMap(({ outcome }) =>
    outcome.status === 'fired' || outcome.status === 'buffered' ? [outcome.jobId] : [],
  )
  if (new Set(jobIds).size !== jobIds.length) complain('a job was made twice', endedAt)
  return { wrong, figures }
}

/** A call that a scheduler had given up may take effect so much later. */
const LATE_EFFECT_MS = 60_000

/** What of a fire is not as its policy says; in words. */
function overlapFault(overlap: Plan['overlap'], { outcome, running, parked }: LoggedFire): string | undefined {
  const { status } = outcome
  if (status === 'passed' || status === 'duplicate')
    return status === 'duplicate' ? 'its job was there already' : undefined
  const isFree = running.length + parked.length === 0
  const must = isFree || overlap === 'allowAll' ? 'fired' : whenGoingOn(overlap, parked.length)
  if (overlap === 'cancelOther' && status === 'fired' && !isFree) return undefined
  return status === must ? undefined : `it was ${status} with ${running.length} going on and ${parked.length} parked`
}

function whenGoingOn(overlap: Plan['overlap'], parked: number): string {
  if (overlap === 'skip') return 'skipped'
  if (overlap === 'bufferOne') return parked === 0 ? 'buffered' : 'skipped'
  return 'buffered'
}
