import type { ClaimedJob, ClaimResult, Settlement, Store, StoreInput } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison, Outcomes } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'
import { signOff } from './upkeep.js'

const MOST_CALLS = 1_000

/** What a claim brought in the end. */
type Claimed = Omit<ClaimResult, 'more'>

/** Mostly of a name that has ready jobs; by any worker, unless the store may have set a job aside for one. */
export const claim: fc.Arbitrary<ModelCommand> = fc
  .record({
    name: pools.name,
    nth: fc.option(fc.nat({ max: 5 }), { freq: 4 }),
    ...{ worker: pools.worker, limit: pools.limit, leaseMs: pools.leaseMs },
  })
  .map(({ nth, ...draft }) =>
    modelCommand('claim', async (comparison) => {
      const ready = nth === null ? [] : await comparison.jobsIn('ready')
      const name = ready[(nth ?? 0) % ready.length]?.name ?? draft.name
      await claimOnBoth(comparison, { ...draft, name })
    }),
  )

/** Claims of one name and gives back at once, again and again: so that it is the turn of each priority. */
export const rotate: fc.Arbitrary<ModelCommand> = fc
  .record({
    nth: fc.nat({ max: 5 }),
    ...{ worker: pools.worker, limit: fc.constantFrom(1, 1, 2), leaseMs: pools.leaseMs },
    times: fc.constantFrom(5, 17, 33),
    settlement: fc.constantFrom<Settlement[]>(
      { type: 'released', delayMs: 0 },
      { type: 'retry', delayMs: 0, error: 'again' },
    ),
  })
  .map(({ nth, times, settlement, ...draft }) =>
    modelCommand(
      'rotate',
      async (comparison) => {
        const names = await namesWithTurns(comparison)
        const input = { ...draft, name: names[nth % names.length] ?? 'email' }
        for (let turn = 0; turn < times; turn += 1) {
          const claimed = await claimOnBoth(comparison, input)
          if (claimed.model.jobs.length === 0) return
          await settleEach(comparison, claimed, () => settlement)
        }
      },
      async (comparison) => (await namesWithTurns(comparison)).length > 0,
    ),
  )

/** Of which jobs of several priorities are ready. */
async function namesWithTurns(comparison: Comparison): Promise<string[]> {
  const ready = await comparison.jobsIn('ready')
  return pools.everyName.filter((name) => {
    const priorities = new Set(ready.filter((job) => job.name === name).map(({ priority }) => priority))
    return priorities.size > 1
  })
}

/** Claims on both sides, by the worker for which a job may have been set aside, if there is one. */
export async function claimOnBoth(comparison: Comparison, draft: StoreInput<'claim'>): Promise<Outcomes<Claimed>> {
  const { aside } = comparison
  const ready = (await comparison.jobsIn('ready')).filter(({ name }) => name === draft.name)
  const isOrdered = ready.some(({ priority, group }) => priority !== undefined || group !== undefined)
  const apart = aside.workerOf(draft.name)
  // What is set aside comes before the lower priorities and before groups, and the model sets nothing aside.
  if (apart !== undefined && isOrdered) await signOff(comparison, apart)
  const input = { ...draft, worker: aside.workerOf(draft.name) ?? draft.worker }
  const outcomes = await comparison.both(
    () => `claim ${JSON.stringify(input)}`,
    (of) => claimUpTo(of, input),
  )
  aside.claimed(input.name)
  const { heldForMs } = outcomes.model
  if (heldForMs !== undefined) comparison.heldUntil.set(input.name, comparison.now + Math.ceil(heldForMs))
  comparison.leases.add(outcomes.model.jobs, outcomes.store.jobs)
  return outcomes
}

/** Settles all that was claimed, each as the function says for its place. */
export async function settleEach(
  comparison: Comparison,
  claimed: Outcomes<Claimed>,
  settlementOf: (index: number) => Settlement,
): Promise<void> {
  await comparison.both(
    () => `settle ${JSON.stringify(claimed.model.jobs.map(({ id }, index) => [id, settlementOf(index)]))}`,
    (of, side) =>
      of.settle({ entries: claimed[side].jobs.map((lease, index) => ({ lease, settlement: settlementOf(index) })) }),
  )
}

/** Claims until the limit is reached or the store says that there is nothing more. */
async function claimUpTo(store: Store, input: StoreInput<'claim'>): Promise<Claimed> {
  const jobs: ClaimedJob[] = []
  for (let calls = 0; calls < MOST_CALLS; calls += 1) {
    const { more, ...result } = await store.claim({ ...input, limit: input.limit - jobs.length })
    jobs.push(...result.jobs)
    if (!more || jobs.length >= input.limit) return { ...result, jobs }
  }
  throw new Error(`claim said "more" ${MOST_CALLS} times`)
}

/**
 * Only where it returns at once: because there is something to claim, or the signal has aborted before. What the
 * store then sets aside stays so until its worker claims or leaves, or vanishes for long enough.
 */
export const waitForReady: fc.Arbitrary<ModelCommand> = fc
  .record({
    name: pools.name,
    worker: pools.worker,
    timeoutMs: fc.constantFrom(1_000, 20_000),
    isAborted: fc.integer({ min: 0, max: 5 }).map((dice) => dice === 0),
  })
  .map(({ isAborted, ...input }) =>
    modelCommand(
      'waitForReady',
      async (comparison) => {
        const controller = new AbortController()
        if (isAborted) controller.abort()
        await comparison.both(
          () => `wait${isAborted ? ', aborted,' : ''} ${JSON.stringify(input)}`,
          async (store) => {
            await store.waitForReady({ ...input, signal: controller.signal })
            return 'returned'
          },
        )
        comparison.aside.waited(input.name, input.worker, comparison.now + input.timeoutMs)
      },
      async (comparison) => {
        if (comparison.aside.workerOf(input.name) !== undefined) return false
        if (isAborted) return true
        const hasReady = (await comparison.jobsIn('ready')).some(({ name }) => name === input.name)
        if (!hasReady || (comparison.heldUntil.get(input.name) ?? 0) > comparison.now) return false
        return !(await comparison.isPaused(input.name)) && !(await comparison.limitedNames()).includes(input.name)
      },
    ),
  )
