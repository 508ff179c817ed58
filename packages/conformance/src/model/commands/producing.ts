import * as fc from 'fast-check'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'

const job = fc.record({
  id: pools.newId,
  name: pools.name,
  payload: pools.text,
  options: pools.options,
  retention: fc.record({ completedMs: pools.retentionMs, deadMs: pools.deadRetentionMs }),
  due: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: pools.due }),
})

/** One job to several, the same id twice among them at times. */
export const enqueue: fc.Arbitrary<ModelCommand> = fc
  .array(job, { minLength: 1, maxLength: 5, size: 'max' })
  .map((drafts) =>
    modelCommand('enqueue', async (comparison) => {
      const jobs = drafts.map(({ due, ...draft }) => ({ ...draft, ...pools.resolveDue(due, comparison.now) }))
      await comparison.both(
        () => `enqueue ${JSON.stringify(jobs)}`,
        (store) => store.enqueue({ jobs }),
      )
    }),
  )

/** Often less than is due. */
export const promote: fc.Arbitrary<ModelCommand> = pools.limit.map((limit) =>
  modelCommand('promote', async (comparison) => {
    await comparison.both(
      () => `promote up to ${limit}`,
      (store) => store.promote({ limit }),
    )
  }),
)
