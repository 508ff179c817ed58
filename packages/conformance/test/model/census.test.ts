import { ManualClock, MemoryStore } from '@goscheds/memory'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkModel } from '../../src/index.js'
import { type Census, counted } from './census.js'

const SEED = 1
const waiting = ['scheduled', 'ready'] as const
const finished = ['completed', 'dead', 'cancelled'] as const
const held = [...waiting, 'active', ...finished] as const
const settlements = ['completed', 'retry', 'dead', 'released', 'cancelled'] as const

/** Every cell of the table in docs/state-machine.md in which a command has an outcome, and some more. */
const cells: readonly string[] = [
  'enqueue | absent → added',
  ...waiting.map((state) => `enqueue |  → ${state}`),
  ...held.map((state) => `enqueue | ${state} → duplicate`),
  ...['some', 'none', 'next due', 'more is due', 'empty'].map((outcome) => `promote |  → ${outcome}`),
  ...['handed out', 'nothing'].map((outcome) => `claim |  → ${outcome}`),
  'extend, current lease | active → held',
  'extend, current lease | active → cancel-requested',
  ...[...waiting, ...finished].map((state) => `extend, current lease | ${state} → lost`),
  ...held.map((state) => `extend, old lease | ${state} → lost`),
  'extend, any lease | absent → lost',
  ...finished.map((state) => `settle ${state}, current lease | active → settled ${state}`),
  ...finished.map((state) => `settle ${state}, current lease, cancel requested | active → settled ${state}`),
  ...['retry', 'released'].flatMap((type) => [
    ...waiting.map((state) => `settle ${type}, current lease | active → settled ${state}`),
    `settle ${type}, current lease, cancel requested | active → settled cancelled`,
  ]),
  ...settlements.flatMap((type) =>
    [...waiting, ...finished].map((state) => `settle ${type}, current lease | ${state} → lost`),
  ),
  ...held.map((state) => `settle …, old lease | ${state} → lost`),
  'settle …, any lease | absent → lost',
  ...['ready', 'dead', 'cancelled'].map((outcome) => `reap | active → ${outcome}`),
  'cancel | absent → not-found',
  ...waiting.map((state) => `cancel | ${state} → cancelled`),
  'cancel | active → requested',
  ...finished.map((state) => `cancel | ${state} → finished ${state}`),
  ...['reschedule, later', 'reschedule, due'].flatMap((row) => [
    `${row} | absent → not-found`,
    ...waiting.map((state) => `${row} | ${state} → rescheduled ${row.endsWith('due') ? 'ready' : 'scheduled'}`),
    `${row} | active → active`,
    ...finished.map((state) => `${row} | ${state} → finished ${state}`),
  ]),
  'remove | absent → not-found',
  ...[...waiting, ...finished].map((state) => `remove | ${state} → removed ${state}`),
  'remove | active → active',
  'redrive | absent → not-found',
  ...held.map((state) => `redrive | ${state} → ${state === 'dead' ? 'redriven' : `not-dead ${state}`}`),
  ...finished.map((state) => `prune | ${state} → absent`),
  ...['completed', 'cancelled'].map((state) => `prune | ${state} → stays`),
  'prune, retention not passed | dead → stays',
  'prune, retention not passed | dead → absent',
  ...['of a worker that reports', 'of a worker that does not'].map((outcome) => `leave |  → ${outcome}`),
  ...['some', 'none'].map((outcome) => `workers |  → ${outcome}`),
  ...['there is one', 'aborted before'].map((outcome) => `waitForReady |  → ${outcome}`),
]

describe('a thousand sequences of the model', () => {
  const census: Census = new Map()

  beforeAll(async () => {
    await checkModel({
      runs: 1_000,
      seed: SEED,
      async open() {
        const clock = new ManualClock()
        const memory = new MemoryStore({ clock })
        return {
          store: counted(memory, () => clock.now(), census),
          advance: (ms) => clock.advance(ms),
          now: async () => clock.now(),
          close: () => memory.close(),
        }
      },
    })
  })

  it.each(cells)('reach %s', (cell) => {
    expect(census.get(cell) ?? 0).toBeGreaterThan(0)
  })
})
