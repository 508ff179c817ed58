import { KEPT_FIRES, type ScheduleFire, type StoredSchedule } from '@goscheds/core'
import * as fc from 'fast-check'
import type { Comparison, Side } from '../comparison.js'
import { type ModelCommand, modelCommand } from '../model-command.js'
import * as pools from '../pools.js'
import { revisionChoice, revisionsOf } from '../revision-choice.js'

/** How far apart the nominal times of a rule are. */
const STEP_MS = 1_000

const neverDrawn = { model: 0, store: 0 }

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
    maxRuns: pools.onceIn(3, fc.constantFrom(1, 2, 3, 4)),
    pauseOnDead: pools.onceIn(3, pools.note),
  }),
  isFiring: fc.nat({ max: 4 }).map((dice) => dice > 0),
  /** When the job of a fire out of turn is due. */
  inMs: fc.constantFrom(-1_000, -1_000, -1_000, 0, 0, 1, 1_000),
  job: fc.record({
    /** Which of the ids that are not in use, or of those that are. */
    nthId: fc.nat({ max: 11 }),
    isFree: fc.nat({ max: 5 }).map((dice) => dice > 0),
    ...{ payload: pools.text, options: pools.options },
    isOfOther: fc.nat({ max: 7 }).map((dice) => dice === 0),
    retention: fc.record({ completedMs: pools.retentionMs, deadMs: pools.deadRetentionMs }),
    priority: pools.onceIn(8, pools.priority),
    expiresInMs: pools.onceIn(8, pools.expiresInMs),
    maxCount: pools.onceIn(5, pools.maxCount),
  }),
})

type FireDraft = typeof fireDraft extends fc.Arbitrary<infer Value> ? Value : never

/** One fire to six, mostly in turn, of several schedules or one after another of one. */
export const fireSchedule: fc.Arbitrary<ModelCommand> = fc
  .record({ drafts: fc.array(fireDraft, { minLength: 1, maxLength: 6, size: 'max' }), isOfOne: fc.boolean() })
  .map(({ drafts, isOfOne }) => {
    const [{ id, nth } = { id: '', nth: undefined }] = drafts
    const all = isOfOne ? drafts.map((draft) => ({ ...draft, id, nth })) : drafts
    return modelCommand('fireSchedule', (comparison) => fireAll(comparison, all), isSupported)
  })

/** The same out of turn, again and again: while a run goes on each is skipped, and kept in the place of an earlier one. */
export const fireOften: fc.Arbitrary<ModelCommand> = fireDraft.map((draft) => {
  const often = { ...draft, isInTurn: false, overlap: 'skip', inMs: -1_000 } as const
  return modelCommand('fireOften', (comparison) => fireAll(comparison, [often], KEPT_FIRES + 1), isSupported)
})

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

async function fireAll(comparison: Comparison, drafts: readonly FireDraft[], times = 1): Promise<void> {
  const all = [...(await comparison.everySchedule())]
  const stored = new Map(all.map((one) => [one.id, one]))
  const dueAt = ({ next }: StoredSchedule): number => next?.dueAt ?? Number.MAX_SAFE_INTEGER
  const byTime = all.sort((a, b) => dueAt(a) - dueAt(b)).map(({ id }) => id)
  const freeIds = await freeIdsOf(comparison)
  const fires = drafts.map((draft) => {
    const one = resolved(comparison, draft, stored, byTime, freeIds)
    // The next of the call finds it one turn further, if this one is made.
    const schedule = stored.get(one.model.id)
    if (one.model.turn !== undefined && schedule !== undefined) {
      stored.set(schedule.id, { ...schedule, next: one.model.turn.next })
    }
    return one
  })
  await comparison.both(
    () => `fireSchedule${times > 1 ? `, ${times} times` : ''} ${JSON.stringify(fires.map(({ model }) => model))}`,
    (store, side) =>
      store.fireSchedule({ fires: fires.flatMap((one) => Array.from({ length: times }, () => one[side])) }),
  )
}

function resolved(
  comparison: Comparison,
  draft: FireDraft,
  stored: ReadonlyMap<string, StoredSchedule>,
  byTime: readonly string[],
  freeIds: string[],
): { readonly [S in Side]: ScheduleFire } {
  const { now } = comparison
  const { nth, overlap, isInTurn, isFiring, besideMs, turn } = draft
  const schedule = stored.get((nth === undefined ? undefined : byTime[nth % byTime.length]) ?? draft.id)
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
  const { nthId, isFree, payload, options, isOfOther, retention, priority, expiresInMs, maxCount } = job
  const used = pools.usedIds.filter((id) => !freeIds.includes(id))
  const id = isFree ? freeIds.splice(nthId % freeIds.length, 1)[0] : used[nthId % used.length]
  const plain = { id: id ?? pools.usedIds[0], name: 'email', payload, options, executeAt }
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
