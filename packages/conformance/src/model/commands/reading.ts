import { jobStates } from '@goscheds/core'
import * as fc from 'fast-check'
import { compareAll } from '../compare-all.js'
import { everyPage } from '../../every-page.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'

/** Known ids and unknown ones. */
export const get: fc.Arbitrary<ModelCommand> = pools.ids.map((ids) =>
  modelCommand('get', async (comparison) => {
    await comparison.both(
      () => `get ${JSON.stringify(ids)}`,
      (store) => store.get({ ids }),
    )
  }),
)

/** Page by page to the end. Where a page ends is the store's choice, up to the limit. */
export const list: fc.Arbitrary<ModelCommand> = fc
  .record({
    name: pools.name,
    state: fc.constantFrom(...jobStates),
    limit: pools.limit,
  })
  .map((input) =>
    modelCommand('list', async (comparison) => {
      await comparison.both(
        () => `list ${JSON.stringify(input)}`,
        (store) => everyPage(store, input),
      )
    }),
  )

/** Of all names, or of some, known or not, repeated at times. */
export const counts: fc.Arbitrary<ModelCommand> = fc
  .option(fc.array(fc.constantFrom(...pools.everyName, pools.unusedName), { maxLength: 4 }), { nil: undefined })
  .map((names) =>
    modelCommand('counts', async (comparison) => {
      await comparison.both(
        () => `counts ${names === undefined ? 'of every name' : JSON.stringify(names)}`,
        (store) => store.counts(names === undefined ? {} : { names }),
      )
    }),
  )

/** Those that report. */
export const workers: fc.Arbitrary<ModelCommand> = fc.constant(
  modelCommand('workers', async (comparison) => {
    await comparison.both(
      () => 'workers',
      (store) => store.workers(),
    )
  }),
)

/** Everything that can be seen, in the middle of a sequence. */
export const look: fc.Arbitrary<ModelCommand> = fc.constant(modelCommand('look', compareAll))
