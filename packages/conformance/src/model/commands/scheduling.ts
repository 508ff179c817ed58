import type { FireTime, NewSchedule, ScheduleFire, StoredSchedule, StoreInput } from '@goscheds/core'
import * as fc from 'fast-check'
import { everySchedulePage } from '../../every-page.js'
import type { Comparison, Side } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'

/** How far apart the nominal times of a rule are. */
const STEP_MS = 1_000

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

/** Which revision a caller has in mind. `wrong`: one beside the present one. `earlier`: one that this id had. */
const revisionChoice = fc.oneof(
  { weight: 12, arbitrary: fc.constant('present' as const) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 1) },
  { weight: 2, arbitrary: fc.record({ earlier: fc.nat({ max: 2 }) }) },
)

type RevisionChoice = typeof revisionChoice extends fc.Arbitrary<infer Value> ? Value : never

/** The revisions that are meant, on both sides; nothing where there is none. */
type Revisions = { readonly [S in Side]: number } | undefined

const neverDrawn = { model: 0, store: 0 }

function revisionsOf(
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

/** Mostly as it stands, at times as it does not. `none`: there is expected to be none. */
const expectation = fc.record({
  is: fc.constantFrom('there', 'there', 'there', 'there', 'there', 'there', 'none', 'another time', 'no time'),
  revision: revisionChoice,
})

/** New schedules, and others in the place of those that are there. */
export const putSchedule: fc.Arbitrary<ModelCommand> = fc
  .record({
    ...{ id: pools.scheduleId, rule: pools.rule, next: nextTime, pausedNote: pools.onceIn(5, pools.note) },
    expectation,
  })
  .map(({ id, rule, next, pausedNote, expectation: { is, revision } }) =>
    modelCommand(
      'putSchedule',
      async (comparison) => {
        const stored = (await comparison.everySchedule()).find((one) => one.id === id)
        const schedule: NewSchedule = {
          ...{ id, rule, next: fireTimeOf(next, comparison.now) },
          ...(pausedNote !== undefined && { pausedNote }),
        }
        const revisions = revisionsOf(comparison, revision, id, stored)
        const stands = stored?.next?.fireAt ?? null
        const fireAt = is === 'another time' ? (stands ?? 0) + 1 : is === 'no time' ? null : stands
        const expect = (side: Side): StoreInput<'putSchedule'>['expect'] =>
          is === 'none' || revisions === undefined ? null : { revision: revisions[side], fireAt }
        const { model, store } = await comparison.both(
          () => `putSchedule ${JSON.stringify({ schedule, expect: expect('model') })}`,
          (of, side) => of.putSchedule({ schedule, expect: expect(side) }),
        )
        if (model.status === 'put' && store.status === 'put') {
          comparison.revisions.add({ id, model: model.revision, store: store.revision })
        }
      },
      isSupported,
    ),
  )

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
    fc.record({ ids: fc.uniqueArray(pools.scheduleId, { minLength: 1, maxLength: 3 }), limit: fc.constant(100) }),
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

const fireDraft = fc.record({
  id: pools.scheduleId,
  /** Which of those that are there, in place of the id; those that are due come first. */
  nth: fc.option(fc.nat({ max: 3 }), { freq: 8, nil: undefined }),
  isInTurn: fc.nat({ max: 3 }).map((dice) => dice > 0),
  revision: revisionChoice,
  besideMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, -STEP_MS, 1),
  overlap: pools.overlap,
  turn: fc.record({
    steps: fc.constantFrom(1, 1, 1, 1, 2, 3),
    jitterMs: fc.constantFrom(0, 0, 0, 1, 500),
    isLast: fc.nat({ max: 11 }).map((dice) => dice === 0),
    maxRuns: pools.onceIn(5, fc.constantFrom(1, 2, 3, 4)),
    pauseOnDead: pools.onceIn(3, pools.note),
  }),
  isFiring: fc.nat({ max: 6 }).map((dice) => dice > 0),
  /** When the job of a fire out of turn is due. */
  inMs: fc.constantFrom(-1_000, -1_000, -1_000, 0, 0, 1, 1_000),
  job: fc.record({
    id: pools.newId,
    freeId: fc.option(fc.nat({ max: 11 }), { freq: 7, nil: undefined }),
    ...{ payload: pools.text, options: pools.options },
    isOfOther: fc.nat({ max: 7 }).map((dice) => dice === 0),
    retention: fc.record({ completedMs: pools.retentionMs, deadMs: pools.deadRetentionMs }),
    priority: pools.onceIn(8, pools.priority),
    expiresInMs: pools.onceIn(8, pools.expiresInMs),
    maxCount: pools.onceIn(5, pools.maxCount),
  }),
})

type FireDraft = typeof fireDraft extends fc.Arbitrary<infer Value> ? Value : never

/** One fire to three, mostly in turn, of one schedule or of several. */
export const fireSchedule: fc.Arbitrary<ModelCommand> = fc
  .array(fireDraft, { minLength: 1, maxLength: 3 })
  .map((drafts) => modelCommand('fireSchedule', (comparison) => fireAll(comparison, drafts), isSupported))

/** As a scheduler does: what promote says is due, once each. */
export const fireDue: fc.Arbitrary<ModelCommand> = fc.array(fireDraft, { minLength: 3, maxLength: 3 }).map((drafts) =>
  modelCommand(
    'fireDue',
    async (comparison) => {
      const { model } = await comparison.both(
        () => 'promote up to 2',
        (store) => store.promote({ limit: 2 }),
      )
      for (const [index, { id }] of (model.due?.schedules ?? []).entries()) {
        const draft = drafts[index % drafts.length] as FireDraft
        const own = { ...draft, id, nth: undefined, isInTurn: true, revision: 'present', besideMs: 0 } as const
        await fireAll(comparison, [own])
      }
    },
    isSupported,
  ),
)

async function fireAll(comparison: Comparison, drafts: readonly FireDraft[]): Promise<void> {
  const stored = new Map((await comparison.everySchedule()).map((one) => [one.id, one]))
  const freeIds = await freeIdsOf(comparison)
  const fires = drafts.map((draft) => {
    const one = resolved(comparison, draft, stored, freeIds)
    // The next of the call finds it one turn further, if this one is made.
    const schedule = stored.get(one.model.id)
    if (one.model.turn !== undefined && schedule !== undefined) {
      stored.set(schedule.id, { ...schedule, next: one.model.turn.next })
    }
    return one
  })
  await comparison.both(
    () => `fireSchedule ${JSON.stringify(fires.map(({ model }) => model))}`,
    (store, side) => store.fireSchedule({ fires: fires.map((one) => one[side]) }),
  )
}

function resolved(
  comparison: Comparison,
  draft: FireDraft,
  stored: ReadonlyMap<string, StoredSchedule>,
  freeIds: string[],
): { readonly [S in Side]: ScheduleFire } {
  const { now } = comparison
  const { nth, overlap, isInTurn, isFiring, besideMs, turn } = draft
  const byTime = [...stored.values()].sort((a, b) => (a.next?.dueAt ?? Infinity) - (b.next?.dueAt ?? Infinity))
  const schedule = nth === undefined ? stored.get(draft.id) : byTime[nth % byTime.length]
  const id = schedule?.id ?? draft.id
  const stands = schedule?.next ?? { fireAt: now, dueAt: now }
  const fireAt = stands.fireAt + besideMs
  const lastAt = isInTurn ? fireAt + (turn.steps - 1) * STEP_MS : now + draft.inMs
  const dueAt = isInTurn ? Math.min(stands.dueAt, now + Math.max(0, draft.inMs)) : lastAt
  const next = turn.isLast ? null : { fireAt: lastAt + STEP_MS, dueAt: lastAt + STEP_MS + turn.jitterMs }
  const revisions = revisionsOf(comparison, draft.revision, id, schedule) ?? neverDrawn
  const run = { fireAt: lastAt, job: newJobOf(comparison, draft, id, dueAt, freeIds) }
  const of = (side: Side): ScheduleFire => ({
    ...{ id, overlap },
    ...(isInTurn && {
      turn: {
        ...{ revision: revisions[side], fireAt, next, missed: turn.steps - (isFiring ? 1 : 0) },
        ...(turn.maxRuns !== undefined && { maxRuns: turn.maxRuns }),
        ...(turn.pauseOnDead !== undefined && { pauseOnDead: turn.pauseOnDead }),
      },
    }),
    ...((isFiring || !isInTurn) && { run }),
  })
  return { model: of('model'), store: of('store') }
}

type NewJobOfFire = NonNullable<ScheduleFire['run']>['job']

function newJobOf(
  { now, jobOptions }: Comparison,
  { job, overlap }: FireDraft,
  scheduleId: string,
  executeAt: number,
  freeIds: string[],
): NewJobOfFire {
  const { id, freeId, payload, options, isOfOther, retention, priority, expiresInMs, maxCount } = job
  const [free] = freeId === undefined ? [] : freeIds.splice(freeId % Math.max(1, freeIds.length), 1)
  const plain = { id: free ?? id, name: 'email', payload, options, executeAt }
  if (!jobOptions) return { ...plain, retention }
  // The key that most pushes have, too: those count as runs.
  const key = isOfOther ? `schedule:${scheduleId}` : 'k'
  return {
    ...plain,
    retention: { ...retention, ...(maxCount !== undefined && { maxCount }) },
    ...(priority !== undefined && { priority }),
    ...(expiresInMs !== undefined && { expiresAt: now + expiresInMs }),
    ...(overlap !== 'allowAll' && { unique: { key, until: 'finished', onConflict: 'ignore' } }),
  }
}

async function freeIdsOf(comparison: Comparison): Promise<string[]> {
  const used = new Set((await comparison.jobs()).map(({ id }) => id))
  return pools.usedIds.filter((id) => !used.has(id))
}

async function isSupported(comparison: Comparison): Promise<boolean> {
  return comparison.schedules
}
