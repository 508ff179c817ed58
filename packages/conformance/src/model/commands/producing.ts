import type { NewJob, StoredJob } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'

const job = fc.record({
  id: pools.newId,
  /** Which of the ids that are not in use, in place of `id`. */
  freeId: fc.option(fc.nat({ max: 7 }), { freq: 1, nil: undefined }),
  name: pools.name,
  payload: pools.text,
  options: pools.options,
  retention: fc.record({ completedMs: pools.retentionMs, deadMs: pools.deadRetentionMs }),
  due: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: pools.due }),
  priority: pools.onceIn(3, pools.priority),
  expiresInMs: pools.onceIn(7, pools.expiresInMs),
  maxCount: pools.onceIn(3, pools.maxCount),
  unique: pools.onceIn(3, pools.unique),
  /** Which of the jobs that have a key it competes with, if it asks for one. */
  rival: fc.option(fc.nat({ max: 5 }), { freq: 1, nil: undefined }),
})

type Draft = typeof job extends fc.Arbitrary<infer Value> ? Value : never

/** One job to several, the same id or key twice among them at times. */
export const enqueue: fc.Arbitrary<ModelCommand> = fc
  .array(job, { minLength: 1, maxLength: 5, size: 'max' })
  .map((drafts) =>
    modelCommand('enqueue', async (comparison) => {
      const before = await comparison.jobs()
      const jobs = drafts.map((draft) => newJobOf(draft, before, comparison))
      await comparison.both(
        () => `enqueue ${JSON.stringify(jobs)}`,
        (store) => store.enqueue({ jobs }),
      )
    }),
  )

function newJobOf(draft: Draft, before: readonly StoredJob[], { now, jobOptions }: Comparison): NewJob {
  const { name, payload, options, retention, priority, expiresInMs, maxCount } = draft
  const plain = { id: idOf(draft, before), name, payload, options, ...pools.resolveDue(draft.due, now) }
  if (!jobOptions) return { ...plain, retention }
  return {
    ...plain,
    retention: { ...retention, ...(maxCount !== undefined && { maxCount }) },
    ...(priority !== undefined && { priority }),
    ...(expiresInMs !== undefined && { expiresAt: now + expiresInMs }),
    ...keyOf(draft, before),
  }
}

function idOf({ id, freeId }: Draft, before: readonly StoredJob[]): string {
  const free = pools.usedIds.filter((one) => before.every((job) => job.id !== one))
  return (freeId === undefined ? undefined : free[freeId % free.length]) ?? id
}

/** Its unique key, which is often that of a job that there is; then the name is, too. */
function keyOf({ unique, rival }: Draft, before: readonly StoredJob[]): Partial<Pick<NewJob, 'name' | 'unique'>> {
  if (unique === undefined) return {}
  const rivals = before.filter((job) => job.unique !== undefined)
  const found = rival === undefined ? undefined : rivals[rival % rivals.length]
  if (found?.unique === undefined) return { unique }
  return { name: found.name, unique: { ...unique, key: found.unique.key } }
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
