import type { FireOutcome, FireTime, NewJob, ScheduleFire } from '@goscheds/core'
import { describe, expect, test } from 'vitest'
import { aPush, HistoryBuilder } from './history-builder.js'

const unique = { key: 'schedule:s', until: 'finished', onConflict: 'ignore' } as const
const at = (fireAt: number, dueAt = fireAt): FireTime => ({ fireAt, dueAt })

interface FireMore {
  readonly revision?: number
  readonly next?: FireTime | null
  readonly job?: Partial<NewJob>
  readonly overlap?: ScheduleFire['overlap']
}

/** A fire of the schedule `s` in its turn, whose job is called `s@` and its time; it stands ten further then. */
function inTurn(
  fireAt: number,
  { revision = 1, next = at(fireAt + 10), job, overlap = 'skip' }: FireMore = {},
): ScheduleFire {
  const made = aPush({ id: `s@${fireAt}`, executeAt: fireAt, unique, ...job })
  return { id: 's', overlap, turn: { revision, fireAt, next, missed: 0 }, run: { fireAt, job: made } }
}

function outOfTurn(fireAt: number, more: FireMore = {}): ScheduleFire {
  const { turn: _, ...fire } = inTurn(fireAt, more)
  return fire
}

/** A history of the schedule `s`, which stands at 10, at the time 10. */
class Fires extends HistoryBuilder {
  constructor() {
    super()
    this.put(1).wait(10)
  }

  put(revision: number, next: FireTime | null = at(10)): this {
    const schedule = { id: 's', rule: '', next }
    return this.call('putSchedule', { schedule, expect: null }, { status: 'put', revision }, 'p')
  }

  fire(fire: ScheduleFire, status: FireOutcome['status'] = 'fired', jobId = fire.run?.job.id ?? ''): this {
    const named = ['fired', 'buffered', 'skipped', 'duplicate'].includes(status)
    const outcome = (named ? { status, jobId } : { status }) as FireOutcome
    return this.call('fireSchedule', { fires: [fire] }, [outcome], 's')
  }

  remove(): this {
    return this.call('removeSchedule', { ids: ['s'] }, [true], 'o')
  }

  /** A listing that shows where it stands. */
  show(next: FireTime | null, revision = 1): this {
    const counters = { createdAt: 0, updatedAt: 0, fired: 0, missed: 0, skipped: 0, fires: [] }
    const schedule = { id: 's', rule: '', next, revision, ...counters }
    return this.call('listSchedules', { limit: 1 }, { schedules: [schedule], cursor: null, now: this.now }, 'o')
  }
}

const fires = (): Fires => new Fires()
const passing = ({ run: _, ...fire }: ScheduleFire): ScheduleFire => fire

describe('G14: a schedule', () => {
  test('fires time after time, moves, and is put anew', () => {
    const history = fires()
      .fire(inTurn(10))
      .fire(inTurn(10), 'moved')
      .show(at(20))
      .wait(10)
      .fire(inTurn(20), 'skipped', 's@10')
      .wait(10)
      .fire(passing(inTurn(30, { next: at(50) })), 'passed')
      .fire(outOfTurn(30), 'buffered')
      .put(2, at(50))
      .fire(inTurn(50, { revision: 2 }), 'early')
      .wait(20)
      .fire(inTurn(50, { revision: 2, next: null }), 'buffered')
      .show(null, 2)
    expect(history.broken()).toEqual([])
  })

  test('makes each turn once', () => {
    expect(
      fires()
        .fire(inTurn(10))
        .fire(inTurn(10, { job: { id: 'b', unique: { ...unique, key: 'b' } } }))
        .broken(),
    ).toContain('G14 - 2 3 4 5')
    expect(
      fires()
        .fire(passing(inTurn(10)), 'passed')
        .fire(passing(inTurn(10)), 'passed')
        .broken(),
    ).toContain('G14 - 2 3 4 5')
    expect(fires().fire(inTurn(10)).fire(inTurn(10), 'moved').broken()).toEqual([])
    const atOnce = fires()
    const [one, other] = [1, 2].map(() => atOnce.begin('fireSchedule', { fires: [passing(inTurn(10))] }))
    const passed = [{ status: 'passed' }]
    expect(
      atOnce
        .answer(one ?? 0, passed)
        .answer(other ?? 0, passed)
        .broken(),
    ).toEqual(['G14 - 2 3 4 5'])
  })

  test('makes no second job of a time, also of another rule', () => {
    const again = inTurn(10, { revision: 2, job: { id: 'b', unique: { ...unique, key: 'b' } } })
    expect(fires().fire(inTurn(10)).put(2).fire(again).broken()).toEqual(['G14 - 2 3 6 7'])
    expect(fires().fire(inTurn(10)).remove().put(2).fire(again).broken()).toEqual([])
    expect(fires().fire(inTurn(10), 'skipped', 's@0').put(2).fire(again).broken()).toEqual([])
  })

  test('does not fire before its time', () => {
    const put = fires().put(2, at(10, 12))
    expect(put.fire(inTurn(10, { revision: 2 })).broken()).toEqual(['G14 - 4 5'])
    expect(
      fires()
        .put(2, at(10, 12))
        .wait(2)
        .fire(inTurn(10, { revision: 2 }))
        .broken(),
    ).toEqual([])
    const late = fires()
      .fire(inTurn(10, { next: at(20, 25) }))
      .wait(10)
    expect(late.fire(inTurn(20), 'skipped', 's@10').broken()).toEqual(['G14 - 4 5'])
    expect(
      fires()
        .fire(inTurn(10, { job: { executeAt: 11 } }))
        .broken(),
    ).toEqual(['G14 - 2 3'])
  })

  test('fires by the rule that stands', () => {
    expect(fires().put(2).fire(inTurn(10)).broken()).toEqual(['G14 - 2 3 4 5'])
    expect(fires().remove().fire(inTurn(10)).broken()).toEqual(['G14 - 2 3 4 5'])
    const concurrent = fires()
    const fire = concurrent.begin('fireSchedule', { fires: [inTurn(10)] })
    expect(
      concurrent
        .put(2)
        .answer(fire, [{ status: 'fired', jobId: 's@10' }])
        .broken(),
    ).toEqual([])
  })

  test('fires where it stands, and passes nothing over unsaid', () => {
    const skipping = fires().fire(inTurn(10)).wait(20).fire(inTurn(30), 'skipped', 's@10')
    expect(skipping.broken()).toEqual(['G14 - 0 1 4 5'])
    expect(fires().show(at(20)).broken()).toEqual(['G14 - 0 1 2 3'])
    expect(fires().fire(inTurn(10), 'early').show(at(10)).broken()).toEqual([])
    const lost = fires()
    lost.lost('fireSchedule', { fires: [inTurn(10)] })
    expect(lost.show(at(20)).broken()).toEqual([])
    expect(fires().fire(inTurn(10), 'moved').show(at(20)).broken(), 'in another delivery').toEqual([])
  })

  test('is moved by the call alone that has made the turn', () => {
    const other = fires()
      .fire(inTurn(10))
      .fire(inTurn(10, { next: at(40) }), 'moved')
    expect(other.show(at(40)).broken()).toEqual(['G14 - 0 1 6 7'])
  })

  test('never goes back', () => {
    expect(fires().fire(inTurn(10)).show(at(10)).broken()).toEqual(['G14 - 2 3 4 5'])
    expect(
      fires()
        .fire(inTurn(10, { next: null }))
        .show(at(10))
        .broken(),
    ).toEqual(['G14 - 2 3 4 5'])
    const early = fires()
    const list = early.begin('listSchedules', { limit: 1 })
    early.fire(inTurn(10))
    const counters = { createdAt: 0, updatedAt: 0, fired: 0, missed: 0, skipped: 0, fires: [] }
    const schedule = { id: 's', rule: '', next: at(10), revision: 1, ...counters }
    expect(early.answer(list, { schedules: [schedule], cursor: null, now: 10 }).broken()).toEqual([])
  })

  test('is due where it stands', () => {
    const due = (fireAt: number): string[] => {
      const schedules = [{ id: 's', rule: '', revision: 1, fired: 0, ...at(fireAt) }]
      return fires()
        .call('promote', { limit: 1 }, { promoted: 0, nextDueInMs: 0, due: { now: 10, schedules } }, 's')
        .broken()
    }
    expect(due(10)).toEqual([])
    expect(due(9)).toEqual(['G14 - 0 1 2 3'])
  })
})

describe('the job of a fire', () => {
  test('is not lost (G1)', () => {
    const lost = (status: FireOutcome['status']): string[] =>
      fires().fire(inTurn(10), status, 's@10').snapshot([]).broken()
    expect(lost('fired')).toEqual(['G1 s@10 2 3 4'])
    expect(lost('buffered')).toEqual(['G1 s@10 2 3 4'])
    expect(lost('moved')).toEqual([])
    expect(fires().fire(inTurn(10), 'skipped', 's@0').snapshot([]).broken()).toEqual([])
  })

  test('is the one that was given (G1)', () => {
    const name = fires().fire(inTurn(10)).claim({ id: 's@10', name: 'fax', executeAt: 10 })
    expect(name.broken()).toEqual(['G1 s@10 2 3 4 5'])
    expect(fires().fire(inTurn(10)).claim({ id: 's@10', executeAt: 10 }).broken()).toEqual([])
  })

  test('may be made by a call whose answer does not say so', () => {
    const seen = (fire: ScheduleFire, status: FireOutcome['status']): string[] =>
      fires().fire(fire, status).claim({ id: 's@10', executeAt: 10 }).broken()
    expect(seen(inTurn(10), 'moved')).toEqual([])
    expect(seen(outOfTurn(10), 'duplicate')).toEqual([])
    const other = inTurn(10, { job: { executeAt: 9 } })
    const late = fires().fire(inTurn(10)).fire(other, 'moved').claim({ id: 's@10', executeAt: 9 })
    expect(late.broken(), 'but not beside one that says it').toEqual(['G1 s@10 2 3 6 7'])
  })

  test('holds the key of its schedule (G12)', () => {
    const second = (): Fires =>
      fires()
        .fire(inTurn(10))
        .wait(10)
        .fire(inTurn(20, { overlap: 'skip' }))
    expect(second().broken()).toEqual(['G12 s@20 2 3 4 5'])
    const buffered = fires().fire(inTurn(10)).wait(10).fire(inTurn(20), 'buffered')
    expect(buffered.broken()).toEqual([])
    expect(buffered.claim({ id: 's@20', executeAt: 20, generation: 2 }).broken()).toEqual(['G12 s@20 2 3 6 7'])
    const cancelled = fires()
      .fire(inTurn(10))
      .wait(10)
      .fire(inTurn(20, { overlap: 'cancelOther' }))
    expect(cancelled.broken()).toEqual([])
    expect(
      cancelled.snapshot([cancelled.stored({ id: 's@20', executeAt: 20, unique, generation: 2 })]).broken(),
    ).toEqual(['G1 s@10 2 3 6'])
  })

  test('is parked behind any number of others, if it is buffered (G12)', () => {
    const parked = (overlap: 'bufferOne' | 'bufferAll'): string[] => {
      const history = fires().fire(inTurn(10))
      for (const time of [20, 30]) history.wait(10).fire(inTurn(time, { overlap }), 'buffered')
      const job = (id: string, generation: number): object => ({ id, unique, generation, executeAt: generation * 10 })
      const waiting = [2, 3].map((each) => ({ ...job(`s@${each * 10}`, each), state: 'scheduled' as const }))
      return history.snapshot([{ ...job('s@10', 1), state: 'ready' }, ...waiting]).broken()
    }
    expect(parked('bufferAll')).toEqual([])
    expect(parked('bufferOne')).toEqual(['G12 s@30 8'])
  })

  test('is refused for a run that goes on alone (G12)', () => {
    const skipped = fires().push({ id: 'b' }).fire(inTurn(10), 'skipped', 'b')
    expect(skipped.broken()).toEqual(['G12 s@10 2 3 4 5'])
  })
})

describe('G17: an answer to a fire', () => {
  test('names its own job, or the run for which it was skipped', () => {
    expect(fires().fire(inTurn(10), 'fired', 'b').broken()).toContain('G17 s@10 2 3')
    expect(fires().fire(inTurn(10), 'skipped', 'b').broken()).toEqual([])
    const two = fires().call('fireSchedule', { fires: [inTurn(10)] }, [], 's')
    expect(two.broken()).toEqual(['G17 - 2 3'])
    expect(
      fires()
        .call('removeSchedule', { ids: ['a', 'b'] }, [true], 'o')
        .broken(),
    ).toEqual(['G17 - 2 3'])
  })
})
