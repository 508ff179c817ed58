import * as fc from 'fast-check'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'

/** Ids in any state, unknown ones and repeated ones among them. */
export const cancel: fc.Arbitrary<ModelCommand> = pools.ids.map((ids) =>
  modelCommand('cancel', async (comparison) => {
    await comparison.both(
      () => `cancel ${JSON.stringify(ids)}`,
      (store) => store.cancel({ ids }),
    )
  }),
)

/** As `cancel`. */
export const remove: fc.Arbitrary<ModelCommand> = pools.ids.map((ids) =>
  modelCommand('remove', async (comparison) => {
    await comparison.both(
      () => `remove ${JSON.stringify(ids)}`,
      (store) => store.remove({ ids }),
    )
  }),
)

/** As `cancel`. */
export const redrive: fc.Arbitrary<ModelCommand> = pools.ids.map((ids) =>
  modelCommand('redrive', async (comparison) => {
    await comparison.both(
      () => `redrive ${JSON.stringify(ids)}`,
      (store) => store.redrive({ ids }),
    )
  }),
)

/** To the past, to this very instant, or to later. */
export const reschedule: fc.Arbitrary<ModelCommand> = fc
  .array(fc.record({ id: fc.constantFrom(...pools.everyId), due: pools.due }), { minLength: 1, maxLength: 4 })
  .map((drafts) =>
    modelCommand('reschedule', async (comparison) => {
      const entries = drafts.map(({ id, due }) => ({ id, ...pools.resolveDue(due, comparison.now) }))
      await comparison.both(
        () => `reschedule ${JSON.stringify(entries)}`,
        (store) => store.reschedule({ entries }),
      )
    }),
  )
