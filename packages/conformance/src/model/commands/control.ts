import type { JobState, Store, StoredJob, StoreInput } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'

/** An id of the pool, or that of a job that there is: often of one of those at a key that one is parked behind. */
type IdChoice = { readonly id: string } | { readonly nth: number; readonly isQueued: boolean }

const idChoice: fc.Arbitrary<IdChoice> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ id: pools.anyId }) },
  { weight: 3, arbitrary: fc.record({ nth: fc.nat({ max: 5 }), isQueued: fc.boolean() }) },
)

/** Jobs in any state, often an active one. */
export const cancel: fc.Arbitrary<ModelCommand> = ofIds('cancel', 'active', (store, ids) => store.cancel({ ids }))

/** Jobs in any state. */
export const remove: fc.Arbitrary<ModelCommand> = ofIds('remove', 'completed', (store, ids) => store.remove({ ids }))

/** Jobs in any state, often a dead one. */
export const redrive: fc.Arbitrary<ModelCommand> = ofIds('redrive', 'dead', (store, ids) => store.redrive({ ids }))

/** To the past, to this very instant, or to later. */
export const reschedule: fc.Arbitrary<ModelCommand> = fc
  .array(fc.record({ choice: idChoice, due: pools.due }), { minLength: 1, maxLength: 4 })
  .map((drafts) =>
    modelCommand('reschedule', async (comparison) => {
      const jobs = await comparison.jobs()
      const entries = drafts.map(({ choice, due }) => ({
        id: chosenId(choice, jobs),
        ...pools.resolveDue(due, comparison.now),
      }))
      await comparison.both(
        () => `reschedule ${JSON.stringify(entries)}`,
        (store) => store.reschedule({ entries }),
      )
    }),
  )

/** Names, or none for the whole namespace. */
const whose: fc.Arbitrary<{ readonly names?: string[] }> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.record({
      names: fc.array(fc.oneof(pools.name, fc.constant(pools.unusedName)), { minLength: 1, maxLength: 2 }),
    }),
  },
)

/** Claims of some names, or of all. */
export const pause: fc.Arbitrary<ModelCommand> = whose.map((input) =>
  modelCommand('pause', (comparison) => setPaused(comparison, { ...input, paused: true })),
)

/** Only where something is paused, and mostly all that is. */
export const resume: fc.Arbitrary<ModelCommand> = fc.record({ isAll: fc.nat({ max: 2 }), some: whose }).map((draft) =>
  modelCommand(
    'resume',
    async (comparison) => {
      if (draft.isAll > 0) await resumeAll(comparison)
      else await setPaused(comparison, { ...draft.some, paused: false })
    },
    async (comparison) => comparison.isAnyPaused(),
  ),
)

/** Every name, and the namespace. */
export async function resumeAll(comparison: Comparison): Promise<void> {
  await setPaused(comparison, { paused: false })
  await setPaused(comparison, { names: [...pools.everyName, pools.unusedName], paused: false })
}

async function setPaused(comparison: Comparison, input: StoreInput<'setPaused'>): Promise<void> {
  await comparison.both(
    () => `${input.paused ? 'pause' : 'resume'} ${JSON.stringify(input.names ?? 'all')}`,
    (store) => store.setPaused(input),
  )
}

/** A command about ids, chosen when it runs: one to five, the first two often of jobs in this state; or of all of those. */
function ofIds(
  method: string,
  state: JobState,
  call: (store: Store, ids: readonly string[]) => Promise<unknown>,
): fc.Arbitrary<ModelCommand> {
  const first = fc.array(fc.nat({ max: 5 }), { maxLength: 2 })
  const isAll = fc.nat({ max: 4 }).map((dice) => dice === 0)
  return fc.record({ first, isAll, others: fc.array(idChoice, { minLength: 1, maxLength: 3 }) }).map((draft) =>
    modelCommand(method, async (comparison) => {
      const jobs = await comparison.jobs()
      const inState = jobs.filter((job) => job.state === state).map(({ id }) => id)
      const ids = [
        ...(draft.isAll ? inState : draft.first.flatMap((nth) => inState[nth % inState.length] ?? [])),
        ...draft.others.map((choice) => chosenId(choice, jobs)),
      ]
      await comparison.both(
        () => `${method} ${JSON.stringify(ids)}`,
        (store) => call(store, ids),
      )
    }),
  )
}

function chosenId(choice: IdChoice, jobs: readonly StoredJob[]): string {
  if ('id' in choice) return choice.id
  const queued = choice.isQueued ? jobs.filter((job) => jobs.some((other) => isBehind(other, job))) : []
  const among = queued.length > 0 ? queued : jobs
  return among[choice.nth % among.length]?.id ?? 'never-used'
}

/** Whether it is parked behind the key of the job, or is it. */
function isBehind({ name, state, dueAt, unique }: StoredJob, job: StoredJob): boolean {
  return state === 'scheduled' && dueAt === undefined && job.name === name && job.unique?.key === unique?.key
}
