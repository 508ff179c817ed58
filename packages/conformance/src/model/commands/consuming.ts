import type { ClaimedJob, Settlement, Store, StoreInput } from '@goscheds/core'
import * as fc from 'fast-check'
import type { LeaseChoice } from '../lease-book.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'

const MOST_CALLS = 1_000

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
      const input = { ...draft, name, worker: comparison.aside.workerOf(name) ?? draft.worker }
      const { model, store } = await comparison.both(
        () => `claim ${JSON.stringify(input)}`,
        (of) => claimUpTo(of, input),
      )
      comparison.aside.claimed(input.name)
      comparison.leases.add(model, store)
    }),
  )

/** Claims until the limit is reached or the store says that there is nothing more. */
export async function claimUpTo(store: Store, input: StoreInput<'claim'>): Promise<ClaimedJob[]> {
  const jobs: ClaimedJob[] = []
  for (let calls = 0; calls < MOST_CALLS; calls += 1) {
    const result = await store.claim({ ...input, limit: input.limit - jobs.length })
    jobs.push(...result.jobs)
    if (!result.more || jobs.length >= input.limit) return jobs
  }
  throw new Error(`claim said "more" ${MOST_CALLS} times`)
}

const lease: fc.Arbitrary<LeaseChoice> = fc.record({
  of: fc.constantFrom<LeaseChoice['of'][]>(
    ...(['current', 'current', 'current', 'current', 'current', 'old', 'any'] as const),
    ...(['next claim', 'next generation', 'other name'] as const),
  ),
  nth: fc.nat({ max: 11 }),
})

/** Current leases, old ones and forged ones in one call, the same one twice at times. */
export const extend: fc.Arbitrary<ModelCommand> = fc
  .record({ leases: fc.array(lease, { minLength: 1, maxLength: 4 }), leaseMs: pools.leaseMs })
  .map(({ leases, leaseMs }) =>
    modelCommand('extend', async (comparison) => {
      const current = await comparison.currentLeases()
      const chosen = leases.map((choice) => comparison.leases.choose(choice, current))
      await comparison.both(
        () => `extend by ${leaseMs} ms ${JSON.stringify(chosen.map(({ model }) => model))}`,
        (store, side) => store.extend({ leases: chosen.map((pair) => pair[side]), leaseMs }),
      )
    }),
  )

const settlement: fc.Arbitrary<Settlement> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('completed' as const), retentionMs: pools.retentionMs }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('completed' as const),
      retentionMs: pools.retentionMs,
      result: pools.text,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('retry' as const), delayMs: pools.spanMs, error: pools.text }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('dead' as const),
      reason: fc.constantFrom('attempts' as const, 'non-retryable' as const, 'undecodable' as const),
      error: pools.text,
      retentionMs: pools.deadRetentionMs,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('released' as const), delayMs: pools.spanMs }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('cancelled' as const), retentionMs: pools.retentionMs }),
  },
)

/** As with `extend`, each lease with a settlement of its own; or all current ones with the same. */
export const settle: fc.Arbitrary<ModelCommand> = fc
  .record({
    choices: fc.array(fc.record({ lease, settlement }), { minLength: 1, maxLength: 4 }),
    ofAll: fc.option(settlement, { freq: 1 }),
  })
  .map(({ choices, ofAll }) =>
    modelCommand('settle', async (comparison) => {
      const current = await comparison.currentLeases()
      const chosen =
        ofAll === null || current.length === 0
          ? choices.map((choice) => ({ ...choice, lease: comparison.leases.choose(choice.lease, current) }))
          : current.map((lease) => ({ lease, settlement: ofAll }))
      await comparison.both(
        () => `settle ${JSON.stringify(chosen.map((entry) => [entry.lease.model, entry.settlement]))}`,
        (store, side) => store.settle({ entries: chosen.map((entry) => ({ ...entry, lease: entry.lease[side] })) }),
      )
    }),
  )

/**
 * Only where it returns at once: because there is something ready, or the signal has aborted before. What the
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
        return isAborted || (await comparison.jobsIn('ready')).some(({ name }) => name === input.name)
      },
    ),
  )
