import { createHash } from 'node:crypto'
import auditAgain from './lua/audit-again.lua'
import audit from './lua/audit.lua'
import cancel from './lua/cancel.lua'
import claim from './lua/claim.lua'
import counts from './lua/counts.lua'
import enqueue from './lua/enqueue.lua'
import extend from './lua/extend.lua'
import fireSchedule from './lua/fire-schedule.lua'
import get from './lua/get.lua'
import heartbeat from './lua/heartbeat.lua'
import leave from './lua/leave.lua'
import bucket from './lua/lib/bucket.lua'
import adding from './lua/lib/adding.lua'
import cancelling from './lua/lib/cancelling.lua'
import changes from './lua/lib/changes.lua'
import chunks from './lua/lib/chunks.lua'
import control from './lua/lib/control.lua'
import due from './lua/lib/due.lua'
import examine from './lua/lib/examine.lua'
import fair from './lua/lib/fair.lua'
import extras from './lua/lib/extras.lua'
import examineSchedules from './lua/lib/examine-schedules.lua'
import examineGroups from './lua/lib/examine-groups.lua'
import examineSides from './lua/lib/examine-sides.lua'
import failures from './lua/lib/failures.lua'
import find from './lua/lib/find.lua'
import full from './lua/lib/full.lua'
import groupKeys from './lua/lib/group-keys.lua'
import groupPages from './lua/lib/group-pages.lua'
import groups from './lua/lib/groups.lua'
import holder from './lua/lib/holder.lua'
import hold from './lua/lib/hold.lua'
import inbox from './lua/lib/inbox.lua'
import kept from './lua/lib/kept.lua'
import leasing from './lua/lib/leasing.lua'
import limits from './lua/lib/limits.lua'
import now from './lua/lib/now.lua'
import numbers from './lua/lib/numbers.lua'
import order from './lua/lib/order.lua'
import ordered from './lua/lib/ordered.lua'
import ranks from './lua/lib/ranks.lua'
import queues from './lua/lib/queues.lua'
import overlap from './lua/lib/overlap.lua'
import prefix from './lua/lib/prefix.lua'
import record from './lua/lib/record.lua'
import run from './lua/lib/run.lua'
import schedule from './lua/lib/schedule.lua'
import sides from './lua/lib/sides.lua'
import source from './lua/lib/source.lua'
import takeOut from './lua/lib/take-out.lua'
import ticket from './lua/lib/ticket.lua'
import turns from './lua/lib/turns.lua'
import unique from './lua/lib/unique.lua'
import whole from './lua/lib/whole.lua'
import listSchedules from './lua/list-schedules.lua'
import list from './lua/list.lua'
import promote from './lua/promote.lua'
import prune from './lua/prune.lua'
import putSchedule from './lua/put-schedule.lua'
import reap from './lua/reap.lua'
import report from './lua/report.lua'
import redrive from './lua/redrive.lua'
import removeSchedule from './lua/remove-schedule.lua'
import remove from './lua/remove.lua'
import reschedule from './lua/reschedule.lua'
import setLimits from './lua/set-limits.lua'
import setPaused from './lua/set-paused.lua'
import settle from './lua/settle.lua'
import waitForReady from './lua/wait-for-ready.lua'
import workers from './lua/workers.lua'

const MAIN = {
  enqueue,
  promote,
  reap,
  prune,
  claim,
  waitForReady,
  extend,
  settle,
  heartbeat,
  leave,
  cancel,
  reschedule,
  remove,
  redrive,
  report,
  setPaused,
  setLimits,
  putSchedule,
  removeSchedule,
  fireSchedule,
  listSchedules,
  get,
  list,
  counts,
  workers,
  audit,
  auditAgain,
}
const LIB: Readonly<Record<string, string>> = {
  prefix,
  now,
  whole,
  numbers,
  chunks,
  full,
  ticket,
  record,
  run,
  extras,
  sides,
  ordered,
  kept,
  queues,
  changes,
  find,
  hold,
  unique,
  'take-out': takeOut,
  holder,
  adding,
  cancelling,
  schedule,
  due,
  overlap,
  source,
  leasing,
  turns,
  limits,
  bucket,
  'group-keys': groupKeys,
  groups,
  order,
  ranks,
  'group-pages': groupPages,
  fair,
  examine,
  'examine-schedules': examineSchedules,
  'examine-sides': examineSides,
  'examine-groups': examineGroups,
  inbox,
  failures,
  control,
}

/** A script is named after the `Store` method that it performs. */
export type ScriptName = keyof typeof MAIN

/** A script as Redis gets it. */
export interface Script {
  readonly source: string
  /** By which EVALSHA finds it. */
  readonly sha: string
}

/** All scripts of one build. */
export type Scripts = Readonly<Record<ScriptName, Script>>

/** Other texts in place of some scripts, by `ScriptName`, and of some library files, by file name without `.lua`. */
export type ReplacedLua = Readonly<Record<string, string>>

/** Joins each script with the library files that it includes; `replaced` is for tests. */
export function compileScripts(replaced: ReplacedLua = {}): Scripts {
  const lib = { ...LIB, ...replaced }
  return Object.fromEntries(
    Object.entries(MAIN).map(([name, main]) => [name, toScript(joinScript(replaced[name] ?? main, lib))]),
  ) as Scripts
}

/**
 * `--@include a b` stands for the texts of lib/a.lua and lib/b.lua, in this order. A script may have several: what is
 * included behind a `return` is not even defined where the script ends before, which is what a plain job saves by.
 */
export function joinScript(main: string, lib: Readonly<Record<string, string>> = LIB): string {
  const joined = main.replace(/^ *--@include (.+)$/gm, (_line, names: string) =>
    names
      .split(' ')
      .map((name) => lib[name] ?? missing(name))
      .join(''),
  )
  // Comments would travel with every EVAL. Their lines stay, so that the numbers in messages can be found.
  return joined.replace(/^ *--.*$/gm, '')
}

function toScript(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

function missing(name: string): never {
  throw new TypeError(`there is no lua/lib/${name}.lua`)
}
