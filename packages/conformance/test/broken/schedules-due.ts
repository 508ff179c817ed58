import { type DueSchedule, MAX_DUE_RULE_BYTES, type PromoteResult } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { everyOne, keeping, leaving, promoting } from './inside-schedules.js'

/** `promote` that shows other schedules as due. */
function showingDue(
  sound: Sound,
  change: (due: DueSchedule[], limit: number) => DueSchedule[],
): ReturnType<typeof promoting> {
  return promoting(sound, ({ due, ...result }, { limit }) => {
    const schedules = change([...(due?.schedules ?? [])], limit)
    return { ...result, ...(schedules.length > 0 && { due: { now: sound.clock.now(), schedules } }) }
  })
}

/** All that stand at a time, paused or not. */
function asDue(sound: Sound): DueSchedule[] {
  return everyOne(sound).flatMap(({ id, rule, revision, fired, next }) =>
    next === null ? [] : [{ id, rule, revision, fired, ...next }],
  )
}

function withNext(result: PromoteResult, instants: readonly (number | undefined)[], now: number): PromoteResult {
  const first = Math.min(...instants.map((at) => at ?? Infinity))
  return { ...result, nextDueInMs: first === Infinity ? null : Math.max(0, first - now) }
}

/** Stores that promote, and say something wrong about schedules. */
export const scheduleDueFaults: readonly Fault[] = [
  fault('shows of a due schedule that it never fired', 'schedules/due-shown', (sound) =>
    showingDue(sound, (due) => due.map((one) => ({ ...one, fired: 0 }))),
  ),
  fault('shows the nominal time of a due schedule as its due time', 'schedules/due-shown', (sound) =>
    showingDue(sound, (due) => due.map((one) => ({ ...one, dueAt: one.fireAt }))),
  ),
  fault('tells the due time for its own clock', 'schedules/due-shown', (sound) =>
    promoting(sound, ({ due, ...result }) => {
      if (due === undefined) return result
      return { ...result, due: { ...due, now: due.schedules[0]?.dueAt ?? due.now } }
    }),
  ),
  fault('shows rules without a bound', 'schedules/due-bytes', (sound) =>
    showingDue(sound, (due, limit) => {
      const all = asDue(sound).filter(({ dueAt }) => dueAt <= sound.clock.now())
      return due.length === 0 ? due : all.sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)).slice(0, limit)
    }),
  ),
  fault('shows no rule that is longer than the bound', 'schedules/due-bytes', (sound) =>
    showingDue(sound, (due) => due.filter(({ rule }) => Buffer.byteLength(rule) <= MAX_DUE_RULE_BYTES)),
  ),
  fault('shows a due schedule once', 'schedules/due-again', (sound) => {
    const shown = new Set<string>()
    return showingDue(sound, (due) =>
      due.filter(({ id, fireAt }) => {
        const key = `${id}@${fireAt}`
        return !shown.has(key) && shown.add(key)
      }),
    )
  }),
  fault('takes a schedule that it shows for one that fired', 'schedules/due-again', (sound) =>
    showingDue(sound, (due) => {
      for (const { id } of due) {
        const one = sound.state.schedules.get(id)
        if (one !== undefined) sound.state.schedules.set({ ...one, fired: one.fired + 1 })
      }
      return due
    }),
  ),
  fault('always says which schedules are due', 'schedules/due-none schedules/paused-is-not-due', (sound) =>
    promoting(sound, (result) => ({ ...result, due: result.due ?? { now: sound.clock.now(), schedules: [] } })),
  ),
  fault('takes a schedule for due at its nominal time', 'schedules/due-exactly-now', (sound) =>
    showingDue(sound, () => asDue(sound).filter(({ fireAt }) => fireAt <= sound.clock.now())),
  ),
  fault('shows a due schedule a millisecond late', 'schedules/due-exactly-now', (sound) =>
    showingDue(sound, (due) => due.filter(({ dueAt }) => dueAt < sound.clock.now())),
  ),
  fault('shows due schedules by their nominal times', 'schedules/due-order', (sound) =>
    showingDue(sound, (due) => due.toSorted((a, b) => a.fireAt - b.fireAt)),
  ),
  fault('shows schedules of one due time by code units', 'schedules/due-order', (sound) =>
    showingDue(sound, (due) => due.toSorted((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1))),
  ),
  fault('shows due schedules by id', 'schedules/due-order', (sound) =>
    showingDue(sound, (due) => due.toSorted((a, b) => (a.id < b.id ? -1 : 1))),
  ),
  fault('shows more schedules than the limit', 'schedules/due-limit schedules/due-order', (sound) =>
    showingDue(sound, () => sound.state.schedules.due(sound.clock.now(), 1_000)),
  ),
  fault('shares the limit among jobs and schedules', 'schedules/due-limit', (sound) =>
    promoting(sound, ({ due, ...result }, { limit }) => {
      const schedules = due?.schedules.slice(0, limit - result.promoted) ?? []
      return { ...result, ...(schedules.length > 0 && { due: { now: sound.clock.now(), schedules } }) }
    }),
  ),

  fault(
    'leaves schedules out of the next due time',
    'schedules/next-due schedules/next-due-now schedules/due-exactly-now',
    (sound) => promoting(sound, (result) => withNext(result, [sound.state.scheduled.first()?.at], sound.clock.now())),
  ),
  fault('says when the next schedule is due, and forgets the jobs', 'schedules/next-due', (sound) =>
    promoting(sound, (result) =>
      withNext(
        result,
        [sound.state.schedules.first()?.next?.dueAt ?? sound.state.scheduled.first()?.at],
        sound.clock.now(),
      ),
    ),
  ),
  fault('leaves what is due already out of the next due time', 'schedules/next-due-now', (sound) =>
    promoting(sound, (result) => {
      const later = asDue(sound).flatMap(({ dueAt }) => (dueAt > sound.clock.now() ? [dueAt] : []))
      return withNext(result, [sound.state.scheduled.first()?.at, ...later], sound.clock.now())
    }),
  ),
  fault('shows a paused schedule as due', 'schedules/paused-is-not-due fires/pause-on-dead', (sound) =>
    showingDue(sound, () => asDue(sound).filter(({ dueAt }) => dueAt <= sound.clock.now())),
  ),
  fault('says when a paused schedule would be due', 'schedules/paused-is-not-due', (sound) =>
    promoting(sound, (result) =>
      withNext(
        result,
        asDue(sound).map(({ dueAt }) => dueAt),
        sound.clock.now(),
      ),
    ),
  ),
  fault(
    'shows a schedule that fires no more as due',
    'schedules/no-more-is-not-due fires/no-more fires/max-runs overlap/max-runs',
    (sound) => {
      const { state } = sound
      return {
        ...keeping(sound, (after, before) => ({ next: after.next ?? before?.next ?? null })),
        ...leaving(sound, ({ after, before }) =>
          after?.next === null ? { next: before?.next ?? null } : void state.schedules,
        ),
      }
    },
  ),
  fault('shows a removed schedule as due', 'schedules/removed-is-not-due', (sound) => {
    const removed: DueSchedule[] = []
    return {
      ...showingDue(sound, (due) => [...due, ...removed]),
      removeSchedule(input) {
        removed.push(...asDue(sound).filter(({ id }) => input.ids.includes(id)))
        return sound.store.removeSchedule(input)
      },
    }
  }),
]
