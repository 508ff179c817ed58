import type { JobGroup, Store } from '@goscheds/core'
import { all, claiming, fault, type Fault, showing, type Sound } from './fault.js'
import { answering } from './inside.js'
import { grouping, hasGroup, ungroup } from './inside-groups.js'
import { lookingForOthersAlone, wakingOne } from './waking.js'

type Moves = Pick<Store, 'settle' | 'reap' | 'redrive' | 'reschedule' | 'promote'>

/** A store that takes some jobs out of their groups, when a call is over, and goes on showing them in these. */
function forgetting(
  sound: Sound,
  methods: (forget: (ids: readonly string[]) => void) => Partial<Moves>,
): Partial<Store> {
  const shown = new Map<string, JobGroup | undefined>()
  const show = <T extends { readonly id: string }>(job: T): T => {
    const group = shown.get(job.id)
    return group === undefined ? job : { ...job, group }
  }
  return {
    ...showing(sound, show),
    ...claiming(sound, show),
    ...methods((ids) => ungroup(sound, ids, shown)),
  }
}

function forgettingSettled(type: 'retry' | 'released') {
  return (sound: Sound): Partial<Store> =>
    forgetting(sound, (forget) => ({
      async settle({ entries }) {
        const outcomes = await sound.store.settle({ entries })
        forget(entries.filter(({ settlement }) => settlement.type === type).map(({ lease }) => lease.id))
        return outcomes
      },
    }))
}

/** Stores that forget groups on the way, or wake nobody for them. */
export const groupsKeptFaults: readonly Fault[] = [
  fault(
    'forgets the group of a job that is retried',
    'groups/kept-by-retry groups/kept-by-delayed-retry',
    forgettingSettled('retry'),
  ),
  fault(
    'forgets the group of a job that is released',
    'groups/kept-by-release groups/kept-by-delayed-release',
    forgettingSettled('released'),
  ),
  fault('forgets the group of a job that is reaped', 'groups/kept-by-reap', (sound) =>
    forgetting(sound, (forget) => ({
      async reap(input) {
        const result = await sound.store.reap(input)
        forget(result.reaped.map(({ id }) => id))
        return result
      },
    })),
  ),
  fault('forgets the group of a job that is redriven', 'groups/kept-by-redrive', (sound) =>
    forgetting(sound, (forget) => ({
      async redrive(input) {
        const outcomes = await sound.store.redrive(input)
        forget(input.ids)
        return outcomes
      },
    })),
  ),
  fault('forgets the group of a job that is rescheduled', 'groups/kept-by-reschedule', (sound) =>
    forgetting(sound, (forget) => ({
      async reschedule(input) {
        const outcomes = await sound.store.reschedule(input)
        forget(input.entries.map(({ id }) => id))
        return outcomes
      },
    })),
  ),
  fault(
    'promotes every job to the queue of those without a group',
    'groups/promoted groups/kept-by-delayed-retry groups/kept-by-delayed-release groups/kept-by-reschedule groups/fifo',
    (sound) =>
      forgetting(sound, (forget) => ({
        async promote(input) {
          const due = (await all(sound.store, 'scheduled')).filter(({ dueAt = Infinity }) => dueAt <= sound.clock.now())
          const result = await sound.store.promote(input)
          forget(due.map(({ id }) => id))
          return result
        },
      })),
  ),
  fault('forgets the group of a job that gets its key', 'groups/unique-parked', (sound) =>
    forgetting(sound, (forget) => ({
      async settle(input) {
        const parked = (await all(sound.store, 'scheduled')).filter(({ dueAt }) => dueAt === undefined)
        const outcomes = await sound.store.settle(input)
        forget(parked.map(({ id }) => id))
        return outcomes
      },
    })),
  ),
  fault('puts a job that replaces another in the group of that one', 'groups/unique-replaced', (sound) =>
    answering(sound, async (job) => {
      const holder = (await all(sound.store, 'ready')).find(({ unique }) => unique?.key === job.unique?.key)
      if (holder?.group === undefined || job.unique === undefined) return undefined
      return (await sound.store.enqueue({ jobs: [{ ...job, group: holder.group }] }))[0]
    }),
  ),

  fault('gives a job that expires a turn of its group', 'groups/expired groups/expired-limits', (sound) =>
    grouping(sound, (groups) => {
      const nextTurn = groups.nextTurn.bind(groups)
      groups.nextTurn = (isAnyUngrouped, limits, now) => {
        const turn = nextTurn(isAnyUngrouped, limits, now)
        const expiresAt = turn?.group?.ready.head?.value.expiresAt ?? Infinity
        if (turn !== undefined && expiresAt <= now) groups.serve(turn, limits, now)
        return turn
      }
    }),
  ),

  fault('wakes nobody for a job of a group', 'groups/wakes', ({ store, clock }) => ({
    async waitForReady(input) {
      const since = clock.now()
      await store.waitForReady(input)
      const { jobs } = await store.list({ name: input.name, state: 'ready', limit: 1_000 })
      if (jobs.length === 0 || !jobs.every(hasGroup)) return
      await store.waitForReady({
        ...input,
        name: `not ${input.name}`,
        timeoutMs: input.timeoutMs - (clock.now() - since),
      })
    },
  })),
  fault('looks for jobs without a group alone before it waits', 'groups/does-not-wait', (sound) =>
    lookingForOthersAlone(sound, hasGroup),
  ),
  fault('wakes one waiter for all the jobs of groups', 'groups/wakes-each', (sound) => wakingOne(sound, hasGroup)),
  fault('loses the job of a group that a worker was woken for', 'groups/not-stranded', ({ store }) => {
    const woken = new Map<string, string>()
    return {
      async waitForReady(input) {
        await store.waitForReady(input)
        woken.set(input.worker, input.name)
      },
      async leave(input) {
        const name = woken.get(input.worker)
        if (name !== undefined) {
          const { jobs } = await store.list({ name, state: 'ready', limit: 1 })
          await store.remove({ ids: jobs.map(({ id }) => id) })
        }
        return store.leave(input)
      },
    }
  }),
]
