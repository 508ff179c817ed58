import type { NameLimits } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'
import * as limits from '../pools-of-limits.js'

/** Of one name mostly, and mostly of its groups where the store has groups. */
export const setLimits: fc.Arbitrary<ModelCommand> = fc
  .record({
    name: fc.oneof({ weight: 5, arbitrary: pools.name }, { weight: 1, arbitrary: fc.constant(pools.unusedName) }),
    ofNames: limits.ofNames,
    ofGroups: fc.option(limits.ofGroups, { freq: 2, nil: undefined }),
  })
  .map(({ name, ofNames, ofGroups }) =>
    modelCommand(
      'setLimits',
      (comparison) => set(comparison, name, (comparison.groups ? ofGroups : undefined) ?? ofNames),
      async (comparison) => comparison.limits,
    ),
  )

/** Holds no name to anything any more. */
export async function liftLimits(comparison: Comparison): Promise<void> {
  for (const name of await comparison.limitedNames()) await set(comparison, name, null)
}

async function set(comparison: Comparison, name: string, to: NameLimits | null): Promise<void> {
  await comparison.both(
    () => `hold ${name} to ${JSON.stringify(to)}`,
    (store) => store.setLimits({ name, limits: to }),
  )
}
