import type { GroupLimits, JobGroup, NameLimits, RateLimit } from '@goscheds/core'
import * as fc from 'fast-check'

// Few keys, so that a group has several jobs; by code units, the last two would change places. Of the weights, some make
// finish times that no double holds exactly.
export const group: fc.Arbitrary<JobGroup> = fc.record(
  {
    key: fc.constantFrom('a', 'a', 'a', 'b', 'b"', '__proto__', '～', '𝒳'),
    weight: fc.constantFrom(1, 2, 2, 0.5, 3, 0.1, 0.001, 1_000),
  },
  { requiredKeys: ['key'] },
)

// Small, so that they are reached; of some, the time of a token is a fraction.
const rate: fc.Arbitrary<RateLimit> = fc.record({
  limit: fc.constantFrom(1, 2, 3, 7),
  perMs: fc.constantFrom(1, 333, 5_000, 60_000, 60_000),
  burst: fc.constantFrom(1, 1, 2, 3),
})
const concurrency = fc.constantFrom(1, 1, 2, 3)

const inOrder: fc.Arbitrary<GroupLimits> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ concurrency: fc.constant(1), ordered: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ concurrency: fc.constant(1), rate, ordered: fc.constant(true) }) },
)

const perGroup: fc.Arbitrary<GroupLimits> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ concurrency }) },
  { weight: 4, arbitrary: fc.record({ rate }) },
  { weight: 2, arbitrary: fc.record({ concurrency, rate }) },
  { weight: 1, arbitrary: inOrder },
)

/** What a name is held to, without groups. */
export const ofNames: fc.Arbitrary<NameLimits | null> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(null, null, {}) },
  { weight: 2, arbitrary: fc.record({ concurrency }) },
  { weight: 3, arbitrary: fc.record({ rate }) },
  { weight: 1, arbitrary: fc.record({ concurrency, rate }) },
)

/** What a name and its groups are held to. */
export const ofGroups: fc.Arbitrary<NameLimits | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 5, arbitrary: fc.record({ perGroup }) },
  { weight: 1, arbitrary: fc.record({ perGroup, concurrency }) },
  { weight: 1, arbitrary: fc.record({ perGroup, rate }) },
)

/** What a name is held to whose groups run in order. */
export const ofOrder: fc.Arbitrary<NameLimits | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 6, arbitrary: fc.record({ perGroup: inOrder }) },
  { weight: 1, arbitrary: fc.record({ perGroup }) },
)

/** For how long a job that is given back holds its name. */
export const holdNameMs: fc.Arbitrary<number> = fc.constantFrom(1, 1_000, 5_000, 60_000)
