import type { StoredSchedule } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison, Side } from './comparison.js'

/** Which revision a caller has in mind. `wrong`: one beside the present one. `earlier`: one that this id had. */
export const revisionChoice = fc.oneof(
  { weight: 12, arbitrary: fc.constant('present' as const) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 1) },
  { weight: 2, arbitrary: fc.record({ earlier: fc.nat({ max: 2 }) }) },
)

export type RevisionChoice = typeof revisionChoice extends fc.Arbitrary<infer Value> ? Value : never

/** The revisions that are meant, on both sides; nothing where there is none. */
export type Revisions = { readonly [S in Side]: number } | undefined

/** The revisions that are meant. */
export function revisionsOf(
  { revisions }: Comparison,
  choice: RevisionChoice,
  id: string,
  stored: StoredSchedule | undefined,
): Revisions {
  if (typeof choice === 'object') return revisions.earlier(id, stored?.revision, choice.earlier)
  const present = stored && revisions.present(id, stored.revision)
  const beside = choice === 'present' ? 0 : choice
  return present && { model: present.model + beside, store: present.store + beside }
}
