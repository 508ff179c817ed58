import type { NewJob, StoredJob } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'
import { group } from '../pools-of-limits.js'

const job = fc.record({
  id: pools.newId,
  /** Which of the ids that are not in use, in place of `id`. */
  freeId: fc.option(fc.nat({ max: 11 }), { freq: 1, nil: undefined }),
  name: pools.name,
  payload: pools.text,
  options: pools.options,
  retention: fc.record({ completedMs: pools.retentionMs, deadMs: pools.deadRetentionMs }),
  due: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: pools.due }),
  priority: pools.onceIn(3, pools.priority),
  expiresInMs: pools.onceIn(7, pools.expiresInMs),
  maxCount: pools.onceIn(2, pools.maxCount),
  unique: pools.onceIn(3, pools.unique),
  group: pools.onceIn(6, group),
})

type Draft = typeof job extends fc.Arbitrary<infer Value> ? Value : never

// Of one name, always with a key, and kept as many as there are.
const keyed = fc
  .tuple(job, pools.unique, pools.onceIn(4, pools.expiresInMs))
  .map(([draft, unique, expiresInMs]): Draft => {
    return { ...draft, name: 'email', unique, expiresInMs, maxCount: undefined }
  })

// Of one name and key, which their starts free.
const started = job.map((draft): Draft => {
  return { ...draft, name: 'email', due: {}, unique: { key: 'k', until: 'started', onConflict: 'ignore' } }
})

// Of one name, and kept when they have finished.
const kept = fc.tuple(job, fc.constantFrom(1_000, 60_000, 3_600_000)).map(([draft, completedMs]): Draft => {
  return { ...draft, name: 'email', due: {}, retention: { completedMs, deadMs: 3_600_000 } }
})

// Of two names, and ready mostly.
const ordered = fc
  .tuple(job, fc.constantFrom('email', 'email', 'Zip'), pools.priority, fc.boolean())
  .map(([draft, name, priority, isDue]): Draft => ({ ...draft, name, priority, ...(isDue && { due: {} }) }))

// Of one name mostly, and of few groups; some with a time, and some without a group among them.
const grouped = fc
  .tuple(job, pools.onceIn(12, pools.name), fc.option(group, { freq: 8, nil: undefined }), fc.nat({ max: 4 }))
  .map(([draft, name = 'email', ofGroup, dice]): Draft => {
    const isPlain = dice > 1
    const unique = dice === 1 ? ({ key: 'k', until: 'started', onConflict: 'ignore' } as const) : draft.unique
    return {
      ...draft,
      ...{ name, group: dice === 1 ? { key: 'a' } : ofGroup, priority: undefined, unique },
      ...(isPlain && { due: {}, expiresInMs: undefined, unique: undefined }),
    }
  })

/** One job to several, the same id or key twice among them at times. */
export const enqueue: fc.Arbitrary<ModelCommand> = enqueueOf(job, 5)

/** Jobs that meet at their keys. */
export const enqueueKeyed: fc.Arbitrary<ModelCommand> = enqueueOf(keyed, 2)

/** Jobs of which several can be parked at a time. */
export const enqueueStarted: fc.Arbitrary<ModelCommand> = enqueueOf(started, 1)

/** Jobs of which many are kept. */
export const enqueueKept: fc.Arbitrary<ModelCommand> = enqueueOf(kept, 5)

/** Jobs of few groups, of one name mostly. */
export const enqueueGrouped: fc.Arbitrary<ModelCommand> = enqueueOf(grouped, 6)

/** Jobs of many priorities in few queues. */
export const enqueueOrdered: fc.Arbitrary<ModelCommand> = enqueueOf(ordered, 5)

function enqueueOf(draft: fc.Arbitrary<Draft>, maxLength: number): fc.Arbitrary<ModelCommand> {
  return fc.array(draft, { minLength: 1, maxLength, size: 'max' }).map((drafts) =>
    modelCommand('enqueue', async (comparison) => {
      const before = await comparison.jobs()
      const jobs = drafts.map((one) => newJobOf(one, before, comparison))
      await comparison.both(
        () => `enqueue ${JSON.stringify(jobs)}`,
        (store) => store.enqueue({ jobs }),
      )
    }),
  )
}

function newJobOf(draft: Draft, before: readonly StoredJob[], { now, jobOptions, groups }: Comparison): NewJob {
  const { name, payload, options, retention, priority, expiresInMs, maxCount, unique } = draft
  const ofGroup = groups && priority === undefined ? draft.group : undefined
  const plain = {
    ...{ id: idOf(draft, before), name, payload, options, ...pools.resolveDue(draft.due, now) },
    ...(ofGroup !== undefined && { group: ofGroup }),
  }
  if (!jobOptions) return { ...plain, retention }
  return {
    ...plain,
    retention: { ...retention, ...(maxCount !== undefined && { maxCount }) },
    ...(priority !== undefined && { priority }),
    ...(expiresInMs !== undefined && { expiresAt: now + expiresInMs }),
    ...(unique !== undefined && { unique }),
  }
}

function idOf({ id, freeId }: Draft, before: readonly StoredJob[]): string {
  const free = pools.usedIds.filter((one) => before.every((job) => job.id !== one))
  return (freeId === undefined ? undefined : free[freeId % free.length]) ?? id
}

/** One job that asks for the key of another, mostly of one that is active. */
export const enqueueRival: fc.Arbitrary<ModelCommand> = fc
  .record({ draft: job, unique: pools.unique, nth: fc.nat({ max: 5 }), isOfActive: fc.nat({ max: 3 }) })
  .map(({ draft, unique, nth, isOfActive }) =>
    modelCommand(
      'enqueueRival',
      async (comparison) => {
        const before = await comparison.jobs()
        const rivals = before.filter((one) => one.unique !== undefined)
        const active = rivals.filter(({ state }) => state === 'active')
        const among = active.length > 0 && isOfActive > 0 ? active : rivals
        const rival = among[nth % among.length]
        const { name, unique: { key } = unique } = rival ?? draft
        const one = { ...newJobOf(draft, before, comparison), name, unique: { ...unique, key } }
        await comparison.both(
          () => `enqueue ${JSON.stringify(one)}`,
          (store) => store.enqueue({ jobs: [one] }),
        )
      },
      (comparison) => isAnyUnique(comparison),
    ),
  )

async function isAnyUnique(comparison: Comparison): Promise<boolean> {
  return (await comparison.jobs()).some(({ unique }) => unique !== undefined)
}

/** Often less than is due. */
export const promote: fc.Arbitrary<ModelCommand> = pools.limit.map((limit) =>
  modelCommand('promote', async (comparison) => {
    await comparison.both(
      () => `promote up to ${limit}`,
      (store) => store.promote({ limit }),
    )
  }),
)
