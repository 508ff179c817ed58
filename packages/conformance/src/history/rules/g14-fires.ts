import { isBefore, mayPrecede, type Span } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import {
  hasMadeJob,
  isMade,
  type Put,
  type ScheduleTrail,
  type Stand,
  type Turn,
  turnKey,
  turnsOf,
} from '../schedule-trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/**
 * G14: each time of a schedule fires once. A turn is made by one call and not before its time; of a rule that stands, and
 * where it stands; none is left out; and no time makes a second job.
 */
export function* fires({ schedules }: Evidence): Iterable<Violation> {
  for (const trail of schedules.values()) {
    const all = turnsOf(trail)
    const turns = all.filter(isMade)
    yield* madeTwice(trail, turns)
    yield* secondJobs(trail, turns)
    yield* early(trail, turns)
    yield* replaced(trail, turns)
    yield* astray(trail, all)
  }
}

function about({ id }: ScheduleTrail, what: string, shown: readonly Span[]): Violation {
  return violation('G14', undefined, `of the schedule ${id} ${what}`, shown)
}

/** A revision is never drawn again, and a turn moves on: so two calls that made one turn are one too many. */
function* madeTwice(trail: ScheduleTrail, turns: readonly Turn[]): Iterable<Violation> {
  const made = new Map<string, Turn>()
  for (const turn of turns) {
    const key = turnKey(turn.turn)
    const first = made.get(key)
    if (first === undefined) made.set(key, turn)
    else if (!mayStay(first) && !mayStay(turn)) yield about(trail, 'one turn was made twice', [first, turn])
  }
}

/** A caller who moves it to where it stands makes that turn as often as it likes. */
function mayStay({ turn }: Turn): boolean {
  return turn.next?.fireAt === turn.fireAt
}

/** Whoever puts a rule anew has seen what has fired. After a removal nobody knows any more. */
function* secondJobs(trail: ScheduleTrail, turns: readonly Turn[]): Iterable<Violation> {
  const made = new Map<number, Turn>()
  for (const turn of turns.filter(hasMadeJob)) {
    const fireAt = turn.fire.run?.fireAt ?? turn.turn.fireAt
    const first = made.get(fireAt)
    const isOther = first !== undefined && turnKey(first.turn) !== turnKey(turn.turn)
    if (isOther && !trail.removals.some((removal) => mayPrecede(removal, turn))) {
      yield about(trail, `the time ${new Date(fireAt).toISOString()} has made two jobs`, [first, turn])
    }
    made.set(fireAt, turn)
  }
}

function* early(trail: ScheduleTrail, turns: readonly Turn[]): Iterable<Violation> {
  const stoodAt = new Map<string, number>()
  for (const { schedule, revision } of trail.puts) {
    if (schedule.next !== null) stoodAt.set(turnKey({ ...schedule.next, revision }), schedule.next.dueAt)
  }
  for (const { turn } of turns) {
    if (turn.next !== null) stoodAt.set(turnKey({ ...turn.next, revision: turn.revision }), turn.next.dueAt)
  }
  for (const one of turns) {
    const dueAt = Math.max(stoodAt.get(turnKey(one.turn)) ?? -Infinity, one.fire.run?.job.executeAt ?? -Infinity)
    if (one.untilAt < dueAt) yield about(trail, `a turn was made before its time, ${dueAt}`, [one])
  }
}

/** Revisions grow: once a greater one has been drawn for the id, the rule of a lower one is gone. */
function* replaced(trail: ScheduleTrail, turns: readonly Turn[]): Iterable<Violation> {
  for (const turn of turns) {
    const { revision } = turn.turn
    const newer = trail.puts.find((put) => put.revision > revision && isBefore(put, turn))
    if (newer !== undefined) yield about(trail, 'a rule fired that had been put anew', [newer, turn])
    // What was removed before it fired, and was put before that, is gone.
    const put = trail.puts.find((one) => one.revision === revision)
    const removal =
      put && trail.removals.find((one) => isBefore(put, one) && isBefore(one, turn) && one.until < Infinity)
    if (removal !== undefined) yield about(trail, 'a rule fired that had been removed', [removal, turn])
  }
}

/** Where it stands, its put or an earlier turn has moved it to. */
function* astray(trail: ScheduleTrail, all: readonly Turn[]): Iterable<Violation> {
  const makers = new Map(all.filter(isMade).map((turn) => [turnKey(turn.turn), turn]))
  for (const put of trail.puts) {
    // Of one turn that a call has certainly made, no other call has moved it.
    const ofRule = all.filter((one) => one.turn.revision === put.revision)
    const movers = new Map<number | undefined, Turn[]>()
    for (const one of ofRule) {
      if ((makers.get(turnKey(one.turn)) ?? one) !== one) continue
      const to = one.turn.next?.fireAt
      movers.set(to, [...(movers.get(to) ?? []), one])
    }
    const seen = [
      ...ofRule
        .filter(isMade)
        .map((span) => ({ span, fireAt: span.turn.fireAt, what: 'a turn was made where it did not stand' })),
      ...standsOf(trail.stands, put).map(({ span, fireAt }) => ({
        span,
        fireAt,
        what: 'it was seen where nothing had moved it',
      })),
    ]
    for (const { span, fireAt, what } of seen) {
      if (put.schedule.next?.fireAt === fireAt) continue
      const mover = movers.get(fireAt)?.find((one) => one !== span && mayPrecede(one, span))
      if (mover === undefined) yield about(trail, what, [put, span])
    }
    yield* goneBack(trail, put, ofRule.filter(isMade))
  }
}

function standsOf(stands: readonly Stand[], { revision }: Put): { readonly span: Stand; readonly fireAt: number }[] {
  return stands.flatMap((span) => {
    const { next } = span.schedule
    return span.schedule.revision !== revision || next === null ? [] : [{ span, fireAt: next.fireAt }]
  })
}

/** Behind a turn it stands no earlier than where that has moved it. */
function* goneBack(trail: ScheduleTrail, put: Put, made: readonly Turn[]): Iterable<Violation> {
  const stands = [...made.map((span) => ({ span, fireAt: span.turn.fireAt })), ...standsOf(trail.stands, put)]
  const ended = made.toSorted((a, b) => a.until - b.until)
  let furthest: Turn | undefined
  let next = 0
  for (const { span, fireAt } of stands.sort((a, b) => a.span.from - b.span.from)) {
    for (let turn = ended[next]; turn !== undefined && isBefore(turn, span); turn = ended[++next]) {
      if (furthest === undefined || movedTo(turn) > movedTo(furthest)) furthest = turn
    }
    if (furthest === undefined || fireAt >= movedTo(furthest)) continue
    yield about(trail, 'it stood at an earlier time than a turn had moved it to', [furthest, span])
    return
  }
}

function movedTo({ turn }: Turn): number {
  return turn.next?.fireAt ?? Infinity
}
