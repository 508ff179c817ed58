import type { FireOutcome, ScheduleFire, Store } from '@goscheds/core'
import { describe, expect, test } from 'vitest'
import { altered } from '../src/defects/defect.js'
import { checkFires } from '../src/recurring/check-fires.js'
import { plans, WINDOW_MS } from '../src/recurring/plans.js'
import { runDays } from '../src/recurring/run-days.js'

const DAYS = Number(process.env['GOSCHEDS_SIMULATION_DAYS'] ?? 30)
const TIMEOUT_MS = 60_000 + DAYS * 3_000

describe('recurring schedules, fired by two schedulers that crash at random', () => {
  test(
    'fire each time exactly once inside the catch-up window, for each overlap policy (G14)',
    { timeout: TIMEOUT_MS },
    async () => {
      const { wrong, figures, crashes } = await runDays({ seed: 3, days: DAYS })
      expect(wrong).toEqual([])
      // A run in which nothing of the kind happened would show nothing.
      expect(crashes).toBeGreaterThan(DAYS)
      expect(Math.min(...Object.values(figures))).toBeGreaterThan(0)
    },
  )
})

type Fire = (store: Store, fire: ScheduleFire) => Promise<FireOutcome>

/** The store, with another way to carry out one fire. */
function firing(fireOne: Fire): (store: Store) => Store {
  return (store) =>
    altered(store, {
      async fireSchedule({ fires }) {
        const outcomes: FireOutcome[] = []
        for (const fire of fires) outcomes.push(await fireOne(store, fire))
        return outcomes
      },
    })
}

const soundly: Fire = async (store, fire) => {
  const [outcome] = await store.fireSchedule({ fires: [fire] })
  return outcome ?? { status: 'not-found' }
}

const defects: Readonly<Record<string, { readonly breakStore: (store: Store) => Store; readonly says: RegExp }>> = {
  'makes a fire that another scheduler has made': {
    breakStore: firing(async (store, fire) => {
      const outcome = await soundly(store, fire)
      if (outcome.status !== 'moved' || fire.run === undefined) return outcome
      const { turn: _turn, ...outOfTurn } = fire
      return soundly(store, outOfTurn)
    }),
    says: /not at the next time|made twice|ran twice/,
  },
  'moves on and loses the job': {
    breakStore: firing(async (store, fire) => {
      if (!fire.run?.job.id.endsWith('00:05:00.000Z')) return soundly(store, fire)
      const { run, ...rest } = fire
      const outcome = await soundly(store, rest)
      return outcome.status === 'passed' ? { status: 'fired', jobId: run.job.id } : outcome
    }),
    says: /its counters say/,
  },
  'forgets the overlap': {
    breakStore: firing(async (store, fire) => {
      if (fire.run === undefined) return soundly(store, fire)
      const { unique: _unique, ...job } = fire.run.job
      return soundly(store, { ...fire, overlap: 'allowAll', run: { ...fire.run, job } })
    }),
    says: /it was fired with 1 going on/,
  },
  'skips where it should buffer': {
    breakStore: firing((store, fire) =>
      soundly(store, fire.overlap === 'bufferAll' ? { ...fire, overlap: 'skip' } : fire),
    ),
    says: /it was skipped with/,
  },
  'sets a schedule one time too far': {
    breakStore: firing(async (store, fire) => {
      const { turn } = fire
      if (turn?.next === undefined || turn.next === null || !fire.id.startsWith('hourly')) return soundly(store, fire)
      const later = { fireAt: turn.next.fireAt + 3_600_000, dueAt: turn.next.dueAt + 3_600_000 }
      return soundly(store, { ...fire, turn: { ...turn, next: later } })
    }),
    says: /not at the next time/,
  },
  'passes over what is within the window': {
    breakStore: firing(async (store, fire) => {
      const { run, turn, ...rest } = fire
      if (turn === undefined || run?.job.id.includes('T07:05') !== true) return soundly(store, fire)
      return soundly(store, { ...rest, turn: { ...turn, missed: turn.missed + 1 } })
    }),
    says: /its counters say/,
  },
}

describe('a store that', () => {
  test.each(Object.entries(defects))('%s is found out', { timeout: 60_000 }, async (_name, { breakStore, says }) => {
    const { wrong } = await runDays({ seed: 3, days: 4, breakStore })
    expect(wrong.join('\n')).toMatch(says)
  })
})

test('a scheduler that passes over a time within the window is found out, and one that does so later is not', () => {
  const [plan] = plans
  const putAt = Date.UTC(2024, 0, 1)
  const [first = 0, second = 0, third = 0] = plan?.expected(putAt, putAt + 86_400_000) ?? []
  const turn = { revision: 1, fireAt: first, missed: 1, next: { fireAt: second, dueAt: second } }
  const fire = { id: plan?.input.id ?? '', overlap: 'skip', turn } as const
  const stored = {
    ...fire,
    rule: '',
    revision: 1,
    createdAt: putAt,
    updatedAt: putAt,
    fired: 0,
    missed: 1,
    skipped: 0,
    fires: [],
  }
  const passedAt = (at: number): readonly string[] => {
    const log = [{ at, fire, outcome: { status: 'passed' } as const, running: [], parked: [] }]
    if (plan === undefined) throw new Error('there are no plans')
    return checkFires(plan, log, { putAt, endedAt: third, stored: { ...stored, next: turn.next } }).wrong
  }
  expect(passedAt(first + WINDOW_MS)).toEqual([expect.stringContaining('a time within the window was passed over')])
  expect(passedAt(first + WINDOW_MS + 1)).toEqual([])
})
