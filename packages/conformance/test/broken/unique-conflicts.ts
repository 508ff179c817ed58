import type { NewJob, UniqueConflict } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { answering, type InnerHold, type InnerJob, isPush, pushing, seeing, stateOf, waits } from './inside.js'

/** Who holds the key that a job asks for, if it asks for it with this conflict. */
function holderOf(
  { state, clock }: Sound,
  { name, unique }: NewJob,
  onConflict: UniqueConflict,
): InnerHold | undefined {
  return unique?.onConflict === onConflict ? state.keys.holdOf({ name, unique }, clock.now()) : undefined
}

function dueOf(job: NewJob, now: number): number {
  return job.executeAt ?? now + (job.delayMs ?? 0)
}

/** The same job to a push that looks at it, but for its state. */
function disguised(job: InnerJob, as: 'active'): InnerJob {
  return Object.create(job, { home: { value: { ...job.home, state: as } } }) as InnerJob
}

/** Stores that do something else than was asked for about a key that is held. */
export const uniqueConflictFaults: readonly Fault[] = [
  fault(
    'takes every conflict for `ignore`',
    `unique/replace-scheduled unique/replace-ready unique/replace-retrying unique/reschedule-scheduled
     unique/reschedule-ready unique/reschedule-retrying unique/runAgain-active`,
    (sound) =>
      pushing(sound, ({ unique, ...job }) =>
        unique === undefined ? job : { ...job, unique: { ...unique, onConflict: 'ignore' } },
      ),
  ),

  fault(
    'replaces a holder by giving it the new args',
    'unique/replace-scheduled unique/replace-ready unique/replace-retrying unique/replace-started',
    (sound) =>
      answering(sound, (job) => {
        const hold = holderOf(sound, job, 'replace')
        if (hold === undefined || !waits(hold.job)) return undefined
        Object.assign(hold.job, { payload: job.payload, options: job.options })
        return { status: 'replaced', id: job.id, replacedId: hold.job.id }
      }),
  ),
  fault(
    'leaves the job that it replaces where it was',
    'unique/replace-scheduled unique/replace-ready unique/batch table/enqueue-key-replace/scheduled',
    (sound) =>
      answering(sound, async (job) => {
        const hold = holderOf(sound, job, 'replace')
        if (hold === undefined || !waits(hold.job)) return undefined
        const { state, clock, store } = sound
        const { unique, ...plain } = job
        await store.enqueue({ jobs: [plain] })
        const added = state.jobs.get(job.id)
        if (added !== undefined) state.keys.take(Object.assign(added, { unique }), clock.now())
        return { status: 'replaced', id: job.id, replacedId: hold.job.id }
      }),
  ),
  fault('replaces a scheduled holder alone', 'unique/replace-ready', (sound) =>
    pushing(sound, (job) => {
      const hold = holderOf(sound, job, 'replace')
      if (hold === undefined || stateOf(hold.job) === 'scheduled' || job.unique === undefined) return job
      return { ...job, unique: { ...job.unique, onConflict: 'ignore' } }
    }),
  ),
  fault('replaces no holder that has run before', 'unique/replace-retrying', (sound) =>
    pushing(sound, (job) => {
      const hold = holderOf(sound, job, 'replace')
      if (hold === undefined || hold.job.claims === 0 || job.unique === undefined) return job
      return { ...job, unique: { ...job.unique, onConflict: 'ignore' } }
    }),
  ),
  fault('replaces a holder under its worker', 'unique/replace-active table/enqueue-key-replace/active', (sound) =>
    answering(sound, async (job) => {
      const holder = holderOf(sound, job, 'replace')?.job
      if (holder === undefined || stateOf(holder) !== 'active') return undefined
      const lease = { ...holder, fence: { generation: holder.generation, claim: holder.claims } }
      await sound.store.settle({ entries: [{ lease, settlement: { type: 'cancelled', retentionMs: 0 } }] })
      await sound.store.enqueue({ jobs: [job] })
      return { status: 'replaced', id: job.id, replacedId: holder.id }
    }),
  ),
  fault('leaves the key with the job that was replaced', 'unique/replace-ready unique/replace-started', (sound) => {
    const { keys } = sound.state
    const take = keys.take.bind(keys)
    keys.take = (job, now) => {
      const before = keys.holdOf(job, now)
      if (before === undefined || stateOf(before.job) !== undefined) take(job, now)
    }
    return {}
  }),
  fault('gives no key to the job that replaces another', 'unique/replace-ready unique/replace-scheduled', (sound) => ({
    async enqueue(input) {
      const outcomes = await sound.store.enqueue(input)
      for (const { status, id } of outcomes) {
        const job = sound.state.jobs.get(id)
        if (status === 'replaced' && job !== undefined) sound.state.keys.free(job)
      }
      return outcomes
    },
  })),

  fault(
    'says `rescheduled` at a push and moves nothing',
    'unique/reschedule-scheduled unique/reschedule-ready unique/reschedule-retrying unique/reschedule-again table/enqueue-key-reschedule/ready',
    (sound) =>
      answering(sound, (job) => {
        const hold = holderOf(sound, job, 'reschedule')
        return hold !== undefined && waits(hold.job) ? { status: 'rescheduled', id: hold.job.id } : undefined
      }),
  ),
  fault(
    'gives the holder of a debounce the new args',
    'unique/reschedule-scheduled unique/reschedule-ready unique/reschedule-retrying',
    (sound) =>
      pushing(sound, (job) => {
        const hold = holderOf(sound, job, 'reschedule')
        if (hold !== undefined && waits(hold.job)) Object.assign(hold.job, { payload: job.payload })
        return job
      }),
  ),
  fault('never brings a debounce nearer', 'unique/reschedule-again', (sound) =>
    pushing(sound, ({ delayMs, executeAt, ...job }) => {
      const due = dueOf(
        { ...job, ...(executeAt !== undefined ? { executeAt } : { delayMs: delayMs ?? 0 }) },
        sound.clock.now(),
      )
      const home = holderOf(sound, job, 'reschedule')?.job.home
      return { ...job, executeAt: home?.state === 'scheduled' ? Math.max(due, home.node.at) : due }
    }),
  ),
  fault('debounces a job once', 'unique/reschedule-again', (sound) => {
    const moved = new Set<string>()
    return answering(sound, (job) => {
      const id = holderOf(sound, job, 'reschedule')?.job.id
      if (id === undefined) return undefined
      if (moved.has(id)) return { status: 'rescheduled', id }
      moved.add(id)
      return undefined
    })
  }),
  fault('leaves a holder that is ready where it is in its queue', 'unique/reschedule-to-the-tail', (sound) =>
    answering(sound, (job) => {
      const holder = holderOf(sound, job, 'reschedule')?.job
      if (holder === undefined || stateOf(holder) !== 'ready') return undefined
      return dueOf(job, sound.clock.now()) > sound.clock.now() ? undefined : { status: 'rescheduled', id: holder.id }
    }),
  ),
  fault('says `rescheduled` of a holder that is active', 'unique/reschedule-active', (sound) =>
    answering(sound, (job) => {
      const holder = holderOf(sound, job, 'reschedule')?.job
      return holder !== undefined && stateOf(holder) === 'active' ? { status: 'rescheduled', id: holder.id } : undefined
    }),
  ),

  fault(
    'parks a job behind a holder that waits',
    'unique/runAgain-scheduled unique/runAgain-ready unique/runAgain-retrying',
    (sound) =>
      seeing(sound, (hold, asker) =>
        isPush(asker) && asker.unique?.onConflict === 'runAgain' && waits(hold.job)
          ? { ...hold, job: disguised(hold.job, 'active') }
          : hold,
      ),
  ),
  fault('parks every job that asks to run again', 'unique/runAgain-active', (sound) => {
    const { keys } = sound.state
    const firstParked = keys.firstParked.bind(keys)
    let pushes = false
    keys.firstParked = (job) => (pushes ? undefined : firstParked(job))
    return {
      enqueue(input) {
        pushes = true
        const outcomes = sound.store.enqueue(input)
        pushes = false
        return outcomes
      },
    }
  }),
  fault('names the active job where another is parked behind it', 'unique/runAgain-active', (sound) => ({
    async enqueue({ jobs }) {
      const outcomes = await sound.store.enqueue({ jobs })
      return outcomes.map((outcome, index) => {
        const hold = holderOf(sound, jobs[index] as NewJob, 'runAgain')
        return outcome.status === 'duplicate' && hold !== undefined ? { ...outcome, id: hold.job.id } : outcome
      })
    },
  })),
  fault('runs a job again beside the active one', 'unique/runAgain-active', (sound) => ({
    async enqueue({ jobs }) {
      const outcomes = await sound.store.enqueue({ jobs })
      for (const { status, id } of outcomes) {
        const job = sound.state.jobs.get(id)
        if (status !== 'queuedAgain' || job?.home?.state !== 'scheduled') continue
        const { scheduled, keys } = sound.state
        keys.unpark(job)
        scheduled.remove(job.home.node)
        job.home = { state: 'scheduled', node: scheduled.add(sound.clock.now(), job.generation, job) }
      }
      await sound.store.promote({ limit: 1 })
      return outcomes
    },
  })),
]
