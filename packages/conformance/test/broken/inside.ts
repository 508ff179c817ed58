import type { EnqueueOutcome, JobState, NewJob, SettleOutcome, Store } from '@goscheds/core'
import type { Sound } from './fault.js'

type State = Sound['state']

/** A job as the memory store keeps it. */
export type InnerJob = NonNullable<ReturnType<State['jobs']['get']>>

/** The ready jobs of one name. */
export type InnerQueue = ReturnType<State['name']>['ready']

/** Who holds a unique key. */
export type InnerHold = NonNullable<ReturnType<State['keys']['holdOf']>>

/** Whose key is looked up: without an id it is a push that asks. */
export type Asker = Pick<InnerJob, 'name' | 'unique'>

/** `enqueue` that takes each job for another. */
export function pushing({ store }: Sound, change: (job: NewJob, index: number) => NewJob): Partial<Store> {
  return { enqueue: ({ jobs }) => store.enqueue({ jobs: jobs.map(change) }) }
}

/** Changes the queue of ready jobs of every name. */
export function queueing({ state }: Sound, change: (queue: InnerQueue) => void): Partial<Store> {
  const name = state.name.bind(state)
  const changed = new Set<InnerQueue>()
  state.name = (of) => {
    const own = name(of)
    if (!changed.has(own.ready)) change(own.ready)
    changed.add(own.ready)
    return own
  }
  return {}
}

/** What a store is doing right now. A settlement is known by its type. */
export type Doing =
  | 'claim'
  | 'reap'
  | 'cancel'
  | 'remove'
  | 'redrive'
  | 'retry'
  | 'released'
  | 'completed'
  | 'dead'
  | 'cancelled'
  | 'other'

/** Methods that tell what they are doing, to faults inside. The memory store does all its work before it answers. */
export function telling({ store }: Sound, tell: (doing: Doing) => void): Partial<Store> {
  const during = <T>(doing: Doing, work: () => T): T => {
    tell(doing)
    try {
      return work()
    } finally {
      tell('other')
    }
  }
  return {
    claim: (input) => during('claim', () => store.claim(input)),
    reap: (input) => during('reap', () => store.reap(input)),
    cancel: (input) => during('cancel', () => store.cancel(input)),
    remove: (input) => during('remove', () => store.remove(input)),
    redrive: (input) => during('redrive', () => store.redrive(input)),
    async settle({ entries }): Promise<readonly SettleOutcome[]> {
      const each = entries.map((entry) => during(entry.settlement.type, () => store.settle({ entries: [entry] })))
      return (await Promise.all(each)).flat()
    },
  }
}

/** The state that a job is in; none while it moves, and once it is gone. */
export function stateOf({ home }: InnerJob): JobState | undefined {
  return home?.state
}

/** Whether a job is scheduled or ready, and so can be replaced or rescheduled by a push. */
export function waits(job: InnerJob): boolean {
  return stateOf(job) === 'scheduled' || stateOf(job) === 'ready'
}

/** The hold on a key, also one whose time is over. */
export function anyHold({ keys }: State, { name, unique }: Asker): InnerHold | undefined {
  for (const [, hold] of keys.holds()) if (hold.job.name === name && hold.job.unique?.key === unique?.key) return hold
  return undefined
}

/** Shows to whoever asks for the holder of a key another hold than the one in force. */
export function seeing(
  { state: { keys } }: Sound,
  change: (hold: InnerHold, asker: Asker) => InnerHold | undefined,
): Partial<Store> {
  const holdOf = keys.holdOf.bind(keys)
  keys.holdOf = (asker, now) => {
    const hold = holdOf(asker, now)
    return hold === undefined ? undefined : change(hold, asker)
  }
  return {}
}

/** Whether it is a push that asks, and not a job that comes back. */
export function isPush(asker: Asker): boolean {
  return !('id' in asker)
}

/** `enqueue` that takes jobs one by one, and answers for those of which `answer` says something. */
export function answering(
  { store }: Sound,
  answer: (job: NewJob) => Promise<EnqueueOutcome | undefined> | EnqueueOutcome | undefined,
): Partial<Store> {
  return {
    async enqueue({ jobs }) {
      const outcomes: EnqueueOutcome[] = []
      for (const job of jobs) {
        const own = await answer(job)
        outcomes.push(...(own === undefined ? await store.enqueue({ jobs: [job] }) : [own]))
      }
      return outcomes
    },
  }
}
