import { KEPT_LOG_LINES, type ReportEntry, type Settlement } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison } from '../comparison.js'
import type { LeaseChoice } from '../lease-book.js'
import { claimOnBoth, settleEach } from './claiming.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'
import { holdNameMs } from '../pools-of-limits.js'

const lease: fc.Arbitrary<LeaseChoice> = fc.record({
  of: fc.constantFrom<LeaseChoice['of'][]>(
    ...(['current', 'current', 'current', 'current', 'current', 'old', 'any', 'any'] as const),
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

// Few lines mostly; of many, one report at times has more than are kept.
const lines: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 5, arbitrary: fc.array(pools.text, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(-40, 3).map((more) => numbered(KEPT_LOG_LINES + more)) },
)

const reported: fc.Arbitrary<Omit<ReportEntry, 'lease'>> = fc.record(
  { progress: pools.text, checkpoint: pools.text, lines },
  { requiredKeys: [] },
)

/** As with `extend`, each lease with a report of its own. */
export const report: fc.Arbitrary<ModelCommand> = fc
  .array(fc.record({ lease, report: reported }), { minLength: 1, maxLength: 4 })
  .map((choices) =>
    modelCommand('report', async (comparison) => {
      const current = await comparison.currentLeases()
      const chosen = choices.map((choice) => ({ ...choice, lease: comparison.leases.choose(choice.lease, current) }))
      await comparison.both(
        () => `report ${JSON.stringify(chosen.map((entry) => [entry.lease.model, entry.report]))}`,
        (store, side) =>
          store.report({ entries: chosen.map((entry) => ({ lease: entry.lease[side], ...entry.report })) }),
      )
    }),
  )

/** A hold is drawn with each release, mostly none. */
type SettlementDraft =
  | Exclude<Settlement, { readonly type: 'released' }>
  | { readonly type: 'released'; readonly delayMs: number; readonly holdNameMs: number | undefined }

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index}`)
}

const settlement: fc.Arbitrary<SettlementDraft> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      {
        type: fc.constant('completed' as const),
        retentionMs: pools.retentionMs,
        result: pools.text,
        maxCount: pools.maxCount,
      },
      { requiredKeys: ['type', 'retentionMs'] },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('retry' as const), delayMs: pools.spanMs, error: pools.text }),
  },
  {
    weight: 6,
    arbitrary: fc.record(
      {
        type: fc.constant('dead' as const),
        reason: fc.constantFrom('attempts' as const, 'non-retryable' as const, 'undecodable' as const),
        error: pools.text,
        retentionMs: pools.deadRetentionMs,
        maxCount: pools.maxCount,
      },
      { requiredKeys: ['type', 'reason', 'error', 'retentionMs'] },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('released' as const),
      delayMs: pools.spanMs,
      holdNameMs: pools.onceIn(3, holdNameMs),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      { type: fc.constant('cancelled' as const), retentionMs: pools.retentionMs, maxCount: pools.maxCount },
      { requiredKeys: ['type', 'retentionMs'] },
    ),
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
      const drafts =
        ofAll === null || current.length === 0
          ? choices.map((choice) => ({ ...choice, lease: comparison.leases.choose(choice.lease, current) }))
          : current.map((lease) => ({ lease, settlement: ofAll }))
      const chosen = drafts.map((draft) => ({ ...draft, settlement: asCarriedOut(draft.settlement, comparison) }))
      noteHolds(
        comparison,
        chosen.map((entry) => ({ name: entry.lease.model.name, settlement: entry.settlement })),
      )
      await comparison.both(
        () => `settle ${JSON.stringify(chosen.map((entry) => [entry.lease.model, entry.settlement]))}`,
        (store, side) => store.settle({ entries: chosen.map((entry) => ({ ...entry, lease: entry.lease[side] })) }),
      )
    }),
  )

/** Claims of a name that has ready jobs, and settles what it gets, each in a way of its own. */
export const work: fc.Arbitrary<ModelCommand> = working('work', fc.array(settlement, { minLength: 2, maxLength: 2 }))

/** The same, and all that it gets is dead, and kept. */
export const bury: fc.Arbitrary<ModelCommand> = working(
  'bury',
  fc.constant([{ type: 'dead', reason: 'attempts', error: 'over', retentionMs: 3_600_000 }]),
)

function working(title: string, settlements: fc.Arbitrary<SettlementDraft[]>): fc.Arbitrary<ModelCommand> {
  return fc
    .record({
      nth: fc.nat({ max: 5 }),
      ...{ worker: pools.worker, limit: pools.limit, leaseMs: pools.leaseMs },
      settlements,
    })
    .map(({ nth, settlements: drafts, ...draft }) =>
      modelCommand(
        title,
        async (comparison) => {
          const ready = await comparison.jobsIn('ready')
          const name = ready[nth % ready.length]?.name ?? 'email'
          const claimed = await claimOnBoth(comparison, { ...draft, name })
          const ways = drafts.map((way) => asCarriedOut(way, comparison))
          noteHolds(
            comparison,
            ways.map((way) => ({ name, settlement: way })),
          )
          await settleEach(
            comparison,
            claimed,
            (index) => ways[index % ways.length] ?? { type: 'released', delayMs: 0 },
          )
        },
        async (comparison) => (await comparison.jobsIn('ready')).length > 0,
      ),
    )
}

/** Without the bound, and without the hold, that only some stores carry out, for the others. */
function asCarriedOut(drafted: SettlementDraft, { jobOptions, limits }: Comparison): Settlement {
  if (drafted.type === 'released') {
    const { holdNameMs: ms, ...released } = drafted
    return limits && ms !== undefined ? { ...released, holdNameMs: ms } : released
  }
  if (jobOptions || !('maxCount' in drafted)) return drafted
  const { maxCount: _bound, ...unbounded } = drafted
  return unbounded
}

/** The names of the current leases that hold it, for so long. */
function noteHolds(
  comparison: Comparison,
  entries: readonly { readonly name: string; readonly settlement: Settlement }[],
): void {
  for (const { name, settlement } of entries) {
    if (settlement.type !== 'released' || settlement.holdNameMs === undefined) continue
    const until = Math.max(comparison.heldUntil.get(name) ?? 0, comparison.now + settlement.holdNameMs)
    comparison.heldUntil.set(name, until)
  }
}
