import type { StoredSchedule } from '@goscheds/core'
import { fault, type Fault } from './fault.js'
import { everyOne, keeping, listingSchedules, putting, standing } from './inside-schedules.js'

const texts = (one: StoredSchedule): Partial<StoredSchedule> => ({ rule: one.rule.trim().replace('\0', '') })

/** Stores that put, remove or list schedules wrongly. */
export const scheduleFaults: readonly Fault[] = [
  fault('takes the nominal time for the due time of a schedule', 'schedules/put-shown', (sound) =>
    putting(sound, ({ schedule, expect }) => {
      const { next } = schedule
      return { expect, schedule: { ...schedule, next: next && { fireAt: next.fireAt, dueAt: next.fireAt } } }
    }),
  ),
  fault('tidies the rule of a schedule', 'schedules/put-texts', (sound) => keeping(sound, texts)),
  fault('takes an empty note for none', 'schedules/put-texts schedules/paused', (sound) =>
    putting(sound, ({ schedule: { pausedNote, ...schedule }, expect }) => {
      return { schedule: pausedNote === '' ? schedule : { ...schedule, ...(pausedNote && { pausedNote }) }, expect }
    }),
  ),
  fault('puts over a schedule that nobody expected', 'schedules/put-expects-none', (sound) =>
    putting(sound, ({ schedule, expect }, before) => ({ schedule, expect: expect ?? standing(before) })),
  ),
  fault('looks at the revision alone at a put', 'schedules/put-expects', (sound) =>
    putting(sound, ({ schedule, expect }, before) => {
      return { schedule, expect: expect?.revision === before?.revision ? standing(before) : expect }
    }),
  ),
  fault('looks at the nominal time alone at a put', 'schedules/put-expects', (sound) =>
    putting(sound, ({ schedule, expect }, before) => {
      return { schedule, expect: expect?.fireAt === before?.next?.fireAt ? standing(before) : expect }
    }),
  ),
  fault('puts a schedule in the place of one that is gone', 'schedules/put-expects-one', (sound) =>
    putting(sound, ({ schedule, expect }, before) => ({ schedule, expect: before === undefined ? null : expect })),
  ),
  fault('takes no next time for the beginning of time', 'schedules/put-expects-fires-no-more', (sound) =>
    putting(sound, ({ schedule, expect }, before) => {
      const isSame = (expect?.fireAt ?? 0) === (before?.next?.fireAt ?? 0) && expect?.revision === before?.revision
      return { schedule, expect: isSame ? standing(before) : expect }
    }),
  ),
  fault('never puts in the place of one that fires no more', 'schedules/put-expects-fires-no-more', (sound) =>
    putting(sound, ({ schedule, expect }) => ({
      schedule,
      expect: expect?.fireAt === null ? { ...expect, fireAt: 0 } : expect,
    })),
  ),
  fault('keeps the rule that a schedule had', 'schedules/put-replaces', (sound) =>
    keeping(sound, (after, before) => ({ rule: before?.rule ?? after.rule })),
  ),
  fault('leaves a schedule where it stood', 'schedules/put-replaces', (sound) =>
    keeping(sound, (after, before) => ({ next: before?.next ?? after.next })),
  ),
  fault('takes a put schedule for a new one', 'schedules/put-replaces', (sound) =>
    keeping(sound, ({ updatedAt }) => ({ createdAt: updatedAt })),
  ),
  fault('counts anew with each put', 'schedules/put-counters', (sound) =>
    keeping(sound, () => ({ fired: 0, missed: 0, skipped: 0 })),
  ),
  fault('forgets the kept fires at a put', 'schedules/put-counters', (sound) => keeping(sound, () => ({ fires: [] }))),
  fault('leaves a schedule its revision', 'schedules/revisions fires/moved-on-new-revision', (sound) =>
    keeping(sound, (after, before) => ({ revision: before?.revision ?? after.revision })),
  ),
  fault('counts revisions from one in each life of an id', 'schedules/revisions fires/revision-never-again', (sound) =>
    keeping(sound, (_after, before) => ({ revision: (before?.revision ?? 0) + 1 })),
  ),
  fault('pauses a schedule anew with each put', 'schedules/paused', (sound) =>
    keeping(sound, ({ pausedNote, updatedAt }) => (pausedNote === undefined ? {} : { pausedAt: updatedAt })),
  ),
  fault('does not tell since when a schedule is paused', 'schedules/paused fires/pause-on-dead', (sound) =>
    listingSchedules(sound, ({ schedules }) => ({ schedules: schedules.map(({ pausedAt: _, ...one }) => one) })),
  ),

  fault('says that it removed what was not there', 'schedules/remove', ({ store }) => ({
    async removeSchedule(input) {
      await store.removeSchedule(input)
      return input.ids.map(() => true)
    },
  })),
  fault('removes the first schedule of a call alone', 'schedules/remove', ({ store, state }) => ({
    async removeSchedule({ ids }) {
      const were = ids.map((id, index) => state.schedules.get(id) !== undefined && ids.indexOf(id) === index)
      await store.removeSchedule({ ids: ids.slice(0, 1) })
      return were
    },
  })),
  fault('removes no schedule that fires no more', 'schedules/remove', ({ store, state }) => ({
    async removeSchedule({ ids }) {
      const kept = ids.flatMap((id) => state.schedules.get(id) ?? []).filter(({ next }) => next === null)
      const removed = await store.removeSchedule({ ids })
      for (const one of kept) state.schedules.set(one)
      return removed
    },
  })),
  fault('removes the jobs of a schedule with it', 'schedules/remove-jobs-stay', ({ store, state }) => ({
    async removeSchedule({ ids }) {
      const fires = ids.flatMap((id) => state.schedules.get(id)?.fires ?? [])
      await store.remove({ ids: fires.flatMap(({ jobId }) => jobId ?? []) })
      return store.removeSchedule({ ids })
    },
  })),
  fault('remembers a schedule that was removed', 'schedules/remove-forgets', (sound) => {
    const gone = new Map<string, StoredSchedule>()
    return {
      ...keeping(sound, ({ id }, before) => {
        const { fired = 0, missed = 0, fires = [] } = (before === undefined ? gone.get(id) : before) ?? {}
        return { fired, missed, fires }
      }),
      removeSchedule(input) {
        for (const one of input.ids.flatMap((id) => sound.state.schedules.get(id) ?? [])) gone.set(one.id, one)
        return sound.store.removeSchedule(input)
      },
    }
  }),

  fault('lists schedules by code units', 'schedules/list-sorted', (sound) =>
    listingSchedules(sound, ({ schedules }) => ({ schedules: schedules.toSorted((a, b) => (a.id < b.id ? -1 : 1)) })),
  ),
  fault('lists schedules in the order asked', 'schedules/list-sorted schedules/list-ids', (sound) =>
    listingSchedules(sound, ({ schedules }, { ids }) => ({
      schedules: ids === undefined ? schedules : ids.flatMap((id) => sound.state.schedules.get(id) ?? []),
    })),
  ),
  fault('lists all schedules on one page', 'schedules/list-pages', (sound) =>
    listingSchedules(sound, () => ({ schedules: everyOne(sound), cursor: null })),
  ),
  fault('repeats the last schedule of a page on the next', 'schedules/list-pages', (sound) =>
    listingSchedules(sound, ({ schedules }, { cursor }) => {
      const last = sound.state.schedules.get(cursor ?? '')
      return {
        schedules: last === undefined ? schedules : [last, ...schedules].slice(0, Math.max(2, schedules.length)),
      }
    }),
  ),
  fault(
    'begins at the first page when the schedule of the cursor is gone',
    'schedules/list-pages',
    ({ store, state }) => ({
      listSchedules: (input) => {
        const { cursor = null } = input
        const isThere = cursor === null || state.schedules.get(cursor) !== undefined
        return store.listSchedules(isThere ? input : { ...input, cursor: null })
      },
    }),
  ),
  fault('lists every schedule whatever is asked for', 'schedules/list-ids', (sound) =>
    listingSchedules(sound, () => ({ schedules: everyOne(sound) })),
  ),
  fault('tells the time of its start', 'schedules/list-now', (sound) => {
    const now = sound.clock.now()
    return listingSchedules(sound, () => ({ now }))
  }),

  fault(
    'tells of no schedule that is put',
    'schedules/hint-first schedules/hint-earlier schedules/hint-of-other-handle',
    ({ store, state }) => ({
      subscribe: (listener, of) =>
        store.subscribe((hint) => {
          if (hint.type !== 'due' || state.schedules.first() === undefined) listener(hint)
        }, of),
    }),
  ),
  fault('tells of the first schedule alone', 'schedules/hint-earlier', (sound) => ({
    subscribe: (listener, of) =>
      sound.store.subscribe((hint) => {
        if (hint.type !== 'due' || everyOne(sound).length === 1) listener(hint)
      }, of),
  })),
  fault('tells of no schedule that is resumed', 'schedules/hint-earlier', (sound) => {
    let isResumed = false
    return {
      subscribe: (listener, of) =>
        sound.store.subscribe((hint) => {
          if (!isResumed) listener(hint)
        }, of),
      putSchedule(input) {
        isResumed = sound.state.schedules.get(input.schedule.id)?.pausedNote !== undefined
        return sound.store.putSchedule(input)
      },
    }
  }),
]

let isElsewhere = false

/** A store whose handles share their schedules, and of which each tells only of those that it puts itself. */
export const deafToSchedules: Fault = {
  ...fault('tells of no schedule that another handle puts', 'schedules/hint-of-other-handle', ({ store }) => ({
    subscribe: (listener, of) => store.subscribe((hint) => isElsewhere || listener(hint), of),
  })),
  otherHandles: ({ store }) => ({
    async putSchedule(input) {
      isElsewhere = true
      const outcome = await store.putSchedule(input)
      isElsewhere = false
      return outcome
    },
  }),
}

/** A store that keeps schedules with the handle that put them. */
export const forgetfulOfSchedules: Fault = {
  ...fault('forgets all schedules when a handle closes', 'fires/survives-reopen', () => ({})),
  otherHandles: (broken) => ({
    async close() {
      for (const { id } of everyOne(broken)) broken.state.schedules.remove(id)
    },
  }),
}
