import * as fc from 'fast-check'
import { claim, rotate, waitForReady } from './commands/claiming.js'
import { bury, extend, report, settle, work } from './commands/consuming.js'
import { cancel, pause, redrive, remove, reschedule, resume } from './commands/control.js'
import { setGroupLimits, setLimits, setOrder } from './commands/limiting.js'
import { enqueue, enqueueGrouped, enqueueKept, enqueueKeyed, enqueueOrdered } from './commands/producing.js'
import { enqueueRival, enqueueStarted, promote } from './commands/producing.js'
import { counts, get, list, look, workers } from './commands/reading.js'
import { fireDue, fireOften, fireSchedule } from './commands/firing.js'
import { listSchedules, putSchedule, removeSchedule } from './commands/scheduling.js'
import { advance, heartbeat, leave, prune, reap } from './commands/upkeep.js'
import type { Comparison } from './comparison.js'
import type { ModelCommand } from './model-command.js'

const commands = {
  ...{ enqueue, enqueueKeyed, enqueueRival, enqueueStarted, enqueueOrdered, enqueueKept, enqueueGrouped, promote },
  ...{ claim, rotate, waitForReady, extend, report, settle, work, bury, advance, reap, prune },
  ...{ cancel, reschedule, remove, redrive, pause, resume },
  ...{ setLimits, setGroupLimits, setOrder },
  ...{ heartbeat, leave, get, list, counts, workers, look },
  ...{ putSchedule, removeSchedule, listSchedules, fireSchedule, fireOften, fireDue },
} satisfies Readonly<Record<string, fc.Arbitrary<ModelCommand>>>

/** How often each command comes. */
type Weights = Readonly<Record<keyof typeof commands, number>>

// What brings jobs into the rarer states comes most often; what only looks is rare, as the end looks at everything.
const ofAll: Weights = {
  ...{ enqueue: 16, enqueueKeyed: 2, enqueueRival: 4, enqueueStarted: 0, enqueueOrdered: 2, enqueueKept: 2 },
  ...{ enqueueGrouped: 0, setLimits: 0, setGroupLimits: 0, setOrder: 0 },
  ...{ promote: 6, claim: 16, rotate: 2, waitForReady: 3, extend: 6, report: 6, settle: 16, work: 5, bury: 0 },
  ...{ advance: 10, reap: 8, prune: 5, heartbeat: 3, leave: 2 },
  ...{ cancel: 5, reschedule: 4, remove: 2, redrive: 6, pause: 2, resume: 6 },
  ...{ get: 1, list: 2, counts: 1, workers: 1, look: 1 },
  ...{ putSchedule: 0, removeSchedule: 0, listSchedules: 0, fireSchedule: 0, fireOften: 0, fireDue: 0 },
}

// A parked job needs three others of its key in the right order.
const ofKeys: Weights = {
  ...{ ...ofAll, enqueue: 2, enqueueKeyed: 14, enqueueRival: 22, enqueueOrdered: 0, claim: 22, rotate: 0 },
  ...{ settle: 12, advance: 8, reap: 8, promote: 3, prune: 2, remove: 4, heartbeat: 1, pause: 1 },
}

// So that several are parked, each needs a start, another behind it, and to come back.
const ofStarts: Weights = {
  ...ofKeys,
  enqueueKeyed: 0,
  enqueueRival: 2,
  enqueueStarted: 24,
  redrive: 2,
  cancel: 2,
  work: 2,
}

// Every 16th claim is another than the others, if several priorities are ready all the while.
const ofPriorities: Weights = { ...ofAll, enqueue: 4, enqueueOrdered: 14, rotate: 10, reap: 4, prune: 3, heartbeat: 1 }

// Which of those that are kept goes first takes several of them, and what is left of one takes its id to come again.
const ofEnds: Weights = {
  ...{ ...ofAll, enqueue: 4, enqueueKept: 10, enqueueKeyed: 14, enqueueRival: 6, enqueueOrdered: 0, claim: 14 },
  ...{ settle: 12, work: 16, bury: 24, report: 6, redrive: 20, remove: 4, cancel: 6, prune: 4, advance: 6 },
  ...{ rotate: 0, pause: 0, resume: 0, reschedule: 2, extend: 2, heartbeat: 0, leave: 0 },
}

// Limits hold names up, so that nothing else comes of most other sequences.
const ofLimits: Weights = {
  ...{ ...ofAll, enqueue: 14, enqueueKeyed: 0, enqueueRival: 0, claim: 26, setLimits: 18, advance: 10, settle: 14 },
  ...{ heartbeat: 1, leave: 1, rotate: 1, extend: 3, report: 2, redrive: 3, promote: 4, pause: 1, resume: 3 },
}

// A group is served again and again only while it has jobs left.
const ofGroups: Weights = {
  ...{ ...ofLimits, enqueue: 1, enqueueKept: 0, enqueueOrdered: 0, enqueueKeyed: 2, enqueueGrouped: 22 },
  ...{ claim: 26, setLimits: 2, setGroupLimits: 16, rotate: 0, list: 4, promote: 8, reschedule: 4, remove: 4 },
}

// A place is kept by a job that waits for its time, and given up by what is done to it then.
const ofOrder: Weights = {
  ...{ ...ofGroups, setLimits: 0, setGroupLimits: 0, setOrder: 18, settle: 24, promote: 12, advance: 16 },
  ...{ cancel: 6, remove: 6, reschedule: 6, enqueueKeyed: 0, enqueueRival: 0, pause: 0, resume: 0 },
}

// A fire meets the runs of those before, which end in every way; and what is paused or used up has to be put anew.
const ofSchedules: Weights = {
  ...{ ...ofAll, enqueue: 1, enqueueKept: 0, enqueueOrdered: 0, enqueueKeyed: 2, enqueueRival: 2, rotate: 0 },
  ...{
    claim: 16,
    settle: 10,
    work: 8,
    extend: 1,
    report: 1,
    reap: 5,
    prune: 2,
    heartbeat: 0,
    leave: 0,
    waitForReady: 1,
  },
  ...{ cancel: 4, remove: 3, redrive: 3, reschedule: 1, pause: 0, resume: 0, promote: 4, advance: 10 },
  ...{ putSchedule: 14, removeSchedule: 2, listSchedules: 2, fireSchedule: 24, fireOften: 3, fireDue: 8 },
}

/** Sequences of commands over the whole contract. `replayPath`: which of them ran in the sequence to repeat. */
export function modelCommands(maxCommands: number, replayPath?: string): fc.Arbitrary<Iterable<ModelCommand>> {
  const constraints = { maxCommands, size: 'max', ...(replayPath !== undefined && { replayPath }) } as const
  const sequences = (weights: Weights): fc.Arbitrary<Iterable<ModelCommand>> =>
    fc.commands<Comparison, Comparison, true>([mixOf(weights)], constraints)
  const any = fc.oneof(
    { weight: 4, arbitrary: sequences(ofAll) },
    { weight: 4, arbitrary: sequences(ofKeys) },
    { weight: 3, arbitrary: sequences(ofStarts) },
    { weight: 4, arbitrary: sequences(ofEnds) },
    { weight: 2, arbitrary: sequences(ofPriorities) },
    { weight: 4, arbitrary: sequences(ofSchedules) },
    { weight: 3, arbitrary: sequences(ofLimits) },
    { weight: 4, arbitrary: sequences(ofGroups) },
    { weight: 3, arbitrary: sequences(ofOrder) },
  )
  // Else most would be short, and meet no rare state.
  return fc.noBias(any)
}

function mixOf(weights: Weights): fc.Arbitrary<ModelCommand> {
  const names = Object.keys(commands) as (keyof Weights)[]
  return fc.oneof(...names.map((name) => ({ weight: weights[name], arbitrary: commands[name] })))
}
