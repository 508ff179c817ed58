import type { StoredJob, Store } from '@goscheds/core'
import { all, fault, type Fault, showing, type Sound } from './fault.js'
import { type InnerJob, pushing, queueing } from './inside.js'
import { lookingForOthersAlone, wakingOne } from './waking.js'

/** A store that orders its ready jobs in a way of its own; `compare` takes two that are equal to a sound store. */
function ordering(sound: Sound, compare: (a: InnerJob, b: InnerJob) => number): Partial<Store> {
  return queueing(sound, (queue) => {
    const next = queue.next.bind(queue)
    queue.next = () => {
      const first = next()
      const equals = [...queue.places()]
        .map(({ value }) => value)
        .filter(({ priority }) => priority === first?.priority)
      return equals.toSorted(compare)[0]
    }
  })
}

/** A store that puts some jobs into the queue of plain jobs, though it goes on showing their priority. */
function misplacing(
  sound: Sound,
  methods: (misplace: (ids: readonly string[]) => void) => Partial<Store>,
): Partial<Store> {
  const shown = new Map<string, number>()
  const misplace = (ids: readonly string[]): void => {
    for (const id of ids) {
      const job = sound.state.jobs.get(id)
      // One that is ready stands in a queue, which is found by its priority.
      if (job === undefined || job.priority === 0 || job.home?.state === 'ready') continue
      shown.set(id, job.priority)
      Object.assign(job, { priority: 0 })
    }
  }
  const show = (job: StoredJob): StoredJob => {
    const priority = shown.get(job.id)
    return priority === undefined ? job : { ...job, priority }
  }
  return { ...showing(sound, show), ...methods(misplace) }
}

function misplacingSettled(sound: Sound, type: 'retry' | 'released'): Partial<Store> {
  return misplacing(sound, (misplace) => ({
    settle({ entries }) {
      misplace(entries.filter(({ settlement }) => settlement.type === type).map(({ lease }) => lease.id))
      return sound.store.settle({ entries })
    },
  }))
}

function hasPriority({ priority = 0 }: { readonly priority?: number }): boolean {
  return priority !== 0
}

function idsOf(jobs: readonly StoredJob[]): string[] {
  return jobs.map(({ id }) => id)
}

/** Stores that get priorities wrong. */
export const priorityFaults: readonly Fault[] = [
  fault(
    'ignores priorities',
    'priority/order priority/one-by-one priority/default priority/kept-by-retry priority/listed priority/turns',
    (sound) => pushing(sound, ({ priority: _priority, ...job }) => job),
  ),
  fault('runs the higher priority first', 'priority/order priority/one-by-one', (sound) => ({
    ...pushing(sound, (job) => (job.priority === undefined ? job : { ...job, priority: -job.priority })),
    ...showing(sound, (job) => (job.priority === undefined ? job : { ...job, priority: -job.priority })),
  })),
  fault('knows three priorities: high, normal and low', 'priority/order', (sound) => {
    const asked = new Map<string, number>()
    return {
      ...pushing(sound, (job) => {
        if (job.priority === undefined) return job
        asked.set(job.id, job.priority)
        return { ...job, priority: Math.sign(job.priority) }
      }),
      ...showing(sound, (job) => (hasPriority(job) ? { ...job, priority: asked.get(job.id) ?? 0 } : job)),
    }
  }),
  fault('orders the batch that it takes, and not the queue', 'priority/one-by-one', (sound) => {
    const asked = new Map<string, number>()
    const priorityOf = ({ id }: { readonly id: string }): number => asked.get(id) ?? 0
    return {
      ...pushing(sound, ({ priority = 0, ...job }) => {
        asked.set(job.id, priority)
        return job
      }),
      ...showing(sound, (job) => (priorityOf(job) === 0 ? job : { ...job, priority: priorityOf(job) })),
      async claim(input) {
        const result = await sound.store.claim(input)
        return { ...result, jobs: result.jobs.toSorted((a, b) => priorityOf(a) - priorityOf(b)) }
      },
    }
  }),
  fault('orders equals by when they were pushed', 'priority/fifo', (sound) =>
    ordering(sound, (a, b) => a.generation - b.generation),
  ),
  fault('orders equals by their ids', 'priority/fifo', (sound) => ordering(sound, (a, b) => (a.id < b.id ? -1 : 1))),
  fault('runs the last of equals first', 'priority/fifo', (sound) =>
    queueing(sound, (queue) => {
      const next = queue.next.bind(queue)
      queue.next = () => {
        const priority = next()?.priority
        return [...queue.places()].findLast(({ value }) => value.priority === priority)?.value
      }
    }),
  ),
  fault('takes a job without a priority for the last', 'priority/default', (sound) => ({
    ...pushing(sound, ({ priority = 1_000, ...job }) => ({ ...job, priority })),
    ...showing(sound, ({ priority, ...job }) =>
      priority === undefined || priority === 1_000 ? job : { ...job, priority },
    ),
  })),
  fault('shows a priority of 0', 'priority/default', (sound) => showing(sound, (job) => ({ priority: 0, ...job }))),

  fault(
    'forgets the priority of a job that is retried',
    'priority/kept-by-retry priority/kept-by-delayed-retry',
    (sound) => misplacingSettled(sound, 'retry'),
  ),
  fault(
    'forgets the priority of a job that is released',
    'priority/kept-by-release priority/kept-by-delayed-release',
    (sound) => misplacingSettled(sound, 'released'),
  ),
  fault('forgets the priority of a job that is reaped', 'priority/kept-by-reap', (sound) =>
    misplacing(sound, (misplace) => ({
      async reap(input) {
        misplace(
          idsOf((await all(sound.store, 'active')).filter(({ leaseUntil = 0 }) => leaseUntil <= sound.clock.now())),
        )
        return sound.store.reap(input)
      },
    })),
  ),
  fault('forgets the priority of a job that is redriven', 'priority/kept-by-redrive', (sound) =>
    misplacing(sound, (misplace) => ({
      redrive: (input) => (misplace(input.ids), sound.store.redrive(input)),
    })),
  ),
  fault('forgets the priority of a job that is rescheduled', 'priority/kept-by-reschedule', (sound) =>
    misplacing(sound, (misplace) => ({
      async reschedule(input) {
        const outcomes = await sound.store.reschedule(input)
        misplace(input.entries.map(({ id }) => id))
        return outcomes
      },
    })),
  ),
  fault(
    'promotes every job to the queue of plain jobs',
    'priority/kept-by-delayed-retry priority/kept-by-delayed-release priority/kept-by-reschedule priority/fifo',
    (sound) =>
      misplacing(sound, (misplace) => ({
        async promote(input) {
          const due = (await all(sound.store, 'scheduled')).filter(({ dueAt = Infinity }) => dueAt <= sound.clock.now())
          misplace(idsOf(due))
          return sound.store.promote(input)
        },
      })),
  ),
  fault('forgets a priority as it is shown', 'priority/kept-by-retry priority/kept-by-reap', (sound) =>
    showing(sound, ({ priority, ...job }) => (priority === undefined || job.claims > 0 ? job : { ...job, priority })),
  ),

  fault('blocks on the queue of plain jobs alone', 'priority/wakes priority/returns-at-once', ({ store, clock }) => ({
    async waitForReady(input) {
      const since = clock.now()
      await store.waitForReady(input)
      const { jobs } = await store.list({ name: input.name, state: 'ready', limit: 1_000 })
      if (jobs.length === 0 || !jobs.every(hasPriority)) return
      const timeoutMs = input.timeoutMs - (clock.now() - since)
      await store.waitForReady({ ...input, name: `not ${input.name}`, timeoutMs })
    },
  })),
  fault('looks for plain jobs alone before it waits', 'priority/returns-at-once', (sound) =>
    lookingForOthersAlone(sound, hasPriority),
  ),
  fault('wakes one waiter for all the jobs of a priority', 'priority/wakes-each', (sound) =>
    wakingOne(sound, hasPriority),
  ),

  fault('counts the plain jobs only', 'priority/counted priority/after-cancel', ({ store }) => ({
    async counts(input) {
      const ready = (await all(store, 'ready')).filter((job) => !hasPriority(job))
      const counts = await store.counts(input)
      return counts.map((count) => ({ ...count, ready: ready.filter(({ name }) => name === count.name).length }))
    },
  })),
  fault('tells how long the job has waited that is next', 'priority/counted', ({ store, clock }) => ({
    async counts(input) {
      const ready = await all(store, 'ready')
      const counts = await store.counts(input)
      return counts.map((count) => {
        const first = ready.find(({ name }) => name === count.name)
        return { ...count, oldestReadyMs: first === undefined ? null : clock.now() - first.executeAt }
      })
    },
  })),
  fault('lists ready jobs in the order in which they were pushed', 'priority/listed', ({ store }) => ({
    async list(input) {
      if (input.state !== 'ready') return store.list(input)
      const { jobs } = await store.list({ ...input, limit: 10_000, cursor: null })
      const from = Number(input.cursor ?? 0)
      const to = from + input.limit
      const pushed = jobs.toSorted((a, b) => a.generation - b.generation)
      return { jobs: pushed.slice(from, to), cursor: to < pushed.length ? `${to}` : null }
    },
  })),
  fault('lists the plain jobs only', 'priority/listed', ({ store }) => ({
    async list(input) {
      const { jobs, cursor } = await store.list(input)
      return { jobs: input.state === 'ready' ? jobs.filter((job) => !hasPriority(job)) : jobs, cursor }
    },
  })),
  fault('looks for what is cancelled among the plain jobs alone', 'priority/after-cancel', ({ store }) => ({
    async cancel({ ids }) {
      const ready = (await store.get({ ids })).map((job) => job?.state === 'ready' && hasPriority(job))
      const outcomes = await store.cancel({ ids: ids.filter((_, index) => !ready[index]) })
      let next = 0
      return ready.map((stays) => (stays ? undefined : outcomes[next++]) ?? { status: 'cancelled' })
    },
  })),
  fault('looks for what is removed among the plain jobs alone', 'priority/after-remove', ({ store }) => ({
    async remove({ ids }) {
      const ready = (await store.get({ ids })).map((job) => job?.state === 'ready' && hasPriority(job))
      const outcomes = await store.remove({ ids: ids.filter((_, index) => !ready[index]) })
      let next = 0
      return ready.map((stays) => (stays ? undefined : outcomes[next++]) ?? { status: 'removed', state: 'ready' })
    },
  })),
]
