import type { NameLimits } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'
import * as limits from '../pools-of-limits.js'

/** Of one name mostly. */
export const setLimits: fc.Arbitrary<ModelCommand> = setting(limits.ofNames, ({ limits }) => limits)

/** Of one name mostly, and its groups. */
export const setGroupLimits: fc.Arbitrary<ModelCommand> = setting(limits.ofGroups, holdsGroups)

/** Of one name mostly, whose groups run in order. */
export const setOrder: fc.Arbitrary<ModelCommand> = setting(limits.ofOrder, holdsGroups)

function setting(
  to: fc.Arbitrary<NameLimits | null>,
  isCarriedOut: (comparison: Comparison) => boolean,
): fc.Arbitrary<ModelCommand> {
  const name = fc.oneof({ weight: 8, arbitrary: pools.name }, { weight: 1, arbitrary: fc.constant(pools.unusedName) })
  return fc.record({ name, to }).map((draft) =>
    modelCommand(
      'setLimits',
      (comparison) => set(comparison, draft.name, draft.to),
      async (comparison) => isCarriedOut(comparison),
    ),
  )
}

function holdsGroups(comparison: Comparison): boolean {
  return comparison.limits && comparison.groups
}

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
