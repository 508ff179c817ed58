import { ManualClock, MemoryStore } from '@goscheds/memory'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkModel } from '../../src/index.js'
import { type Census, counted } from './census.js'
import { cells, cellsOfOptions, cellsOfSchedules } from './cells.js'
import { cellsOfLimits } from './cells-of-limits.js'

const RUNS = 4_000
const SEED = 1

describe(`${RUNS} sequences of the model`, () => {
  const census: Census = new Map()

  beforeAll(async () => {
    await checkModel({
      runs: RUNS,
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

  it.each([...cells, ...cellsOfOptions, ...cellsOfSchedules, ...cellsOfLimits])('reach %s', (cell) => {
    expect(census.get(cell) ?? 0).toBeGreaterThan(0)
  })
})
