import type { FireTime, NewSchedule, StoreInput } from '@goscheds/core'
import * as fc from 'fast-check'
import { everySchedulePage } from '../../every-page.js'
import type { Comparison, Side } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'
import { revisionChoice, revisionsOf } from '../revision-choice.js'

/** The next time of a schedule, seen from an instant; `null` at times. */
const nextTime = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 9,
    arbitrary: fc.record({
      inMs: fc.constantFrom(-5_000, -1_000, 0, 1, 1_000, 5_000, 60_000),
      jitterMs: fc.constantFrom(0, 0, 0, 1, 500, 7_000),
    }),
  },
)

function fireTimeOf(
  draft: typeof nextTime extends fc.Arbitrary<infer Value> ? Value : never,
  now: number,
): FireTime | null {
  return draft && { fireAt: now + draft.inMs, dueAt: now + draft.inMs + draft.jitterMs }
}

/** Mostly as it stands, at times as it does not. `none`: there is expected to be none. */
const expectation = fc.record({
  is: fc.constantFrom('there', 'there', 'there', 'there', 'there', 'there', 'none', 'another time', 'no time'),
  revision: revisionChoice,
})

const newSchedule = fc.record({
  ...{ rule: pools.rule, next: nextTime, pausedNote: pools.onceIn(5, pools.note) },
  /** One that is paused mostly stays so. */
  stillPaused: pools.note,
  isResumed: fc.nat({ max: 2 }).map((dice) => dice === 0),
  expectation,
})

type Draft = typeof newSchedule extends fc.Arbitrary<infer Value> ? Value : never

/** New schedules, and others in the place of those that are there; several of one rule at times. */
export const putSchedule: fc.Arbitrary<ModelCommand> = fc
  .record({
    ids: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(pools.scheduleId) },
      { weight: 1, arbitrary: fc.shuffledSubarray([...pools.scheduleIds], { minLength: 2 }) },
    ),
    draft: newSchedule,
  })
  .map(({ ids, draft }) =>
    modelCommand(
      'putSchedule',
      async (comparison) => {
        for (const id of ids) await putOne(comparison, id, draft)
      },
      isSupported,
    ),
  )

async function putOne(comparison: Comparison, id: string, draft: Draft): Promise<void> {
  const { is, revision } = draft.expectation
  const stored = (await comparison.everySchedule()).find((one) => one.id === id)
  const isStill = stored?.pausedNote !== undefined && !draft.isResumed
  const pausedNote = isStill ? draft.stillPaused : draft.pausedNote
  const schedule: NewSchedule = {
    ...{ id, rule: draft.rule, next: fireTimeOf(draft.next, comparison.now) },
    ...(pausedNote !== undefined && { pausedNote }),
  }
  const revisions = revisionsOf(comparison, revision, id, stored)
  const stands = stored?.next?.fireAt ?? null
  const fireAt = is === 'another time' ? (stands ?? -1) + 1 : is === 'no time' ? null : stands
  const expect = (side: Side): StoreInput<'putSchedule'>['expect'] =>
    is === 'none' || revisions === undefined ? null : { revision: revisions[side], fireAt }
  const { model, store } = await comparison.both(
    () => `putSchedule ${JSON.stringify({ schedule, expect: expect('model') })}`,
    (of, side) => of.putSchedule({ schedule, expect: expect(side) }),
  )
  if (model.status === 'put' && store.status === 'put') {
    comparison.revisions.add({ id, model: model.revision, store: store.revision })
  }
}

/** Known ids and unknown ones, the same twice at times. */
export const removeSchedule: fc.Arbitrary<ModelCommand> = fc
  .array(pools.scheduleId, { minLength: 1, maxLength: 3 })
  .map((ids) => modelCommand('removeSchedule', (comparison) => removeSchedules(comparison, ids), isSupported))

/** Removes these schedules. */
export async function removeSchedules(comparison: Comparison, ids: readonly string[]): Promise<void> {
  await comparison.both(
    () => `removeSchedule ${JSON.stringify(ids)}`,
    (store) => store.removeSchedule({ ids }),
  )
}

/** Some by id, or all page by page, or a page behind an id. */
export const listSchedules: fc.Arbitrary<ModelCommand> = fc
  .oneof(
    fc.record({ ids: fc.shuffledSubarray([...pools.scheduleIds], { minLength: 1 }), limit: fc.constant(100) }),
    fc.record({ cursor: fc.oneof(pools.scheduleId, fc.constant('b')), limit: fc.constant(100) }),
    fc.record({ limit: pools.limit }),
  )
  .map((input) =>
    modelCommand(
      'listSchedules',
      async (comparison) => {
        await comparison.both<unknown>(
          () => `listSchedules ${JSON.stringify(input)}`,
          (store) =>
            'ids' in input || 'cursor' in input ? store.listSchedules(input) : everySchedulePage(store, input.limit),
        )
      },
      isSupported,
    ),
  )

async function isSupported(comparison: Comparison): Promise<boolean> {
  return comparison.schedules
}
