import { describe, expect, it } from 'vitest'
import { findMismatch } from '../../src/model/find-mismatch.js'
import { brokenStores } from '../broken/broken-stores.js'
import { openMemory } from '../open-memory.js'
import { unseenFaults } from './unseen-faults.js'

// Most are caught by one of the first twenty sequences, a few by one in several thousand. A seed of their own, so that a run does not depend on luck.
const RUNS = 10_000
const SEED = 1
const MAX_COMMANDS = 50
// For the stores that hang: what comes back does so in a few milliseconds.
const PATIENCE_MS = 5_000

const seen = brokenStores.filter(({ name }) => !Object.hasOwn(unseenFaults, name))

describe('the model catches a broken store within ten thousand sequences', () => {
  for (const fault of seen) {
    it(`a store that ${fault.name}`, { timeout: 240_000 }, async () => {
      const mismatch = await findMismatch({
        ...{ open: () => openMemory(fault), runs: RUNS, seed: SEED, maxCommands: MAX_COMMANDS },
        ...{ isShrinking: false, patienceMs: PATIENCE_MS },
      })
      expect(mismatch?.error, 'neither caught nor listed in unseen-faults.ts').toBeInstanceOf(Error)
    })
  }
})

describe('what the model cannot see', () => {
  it('is listed by the names of broken stores', () => {
    const names = new Set(brokenStores.map(({ name }) => name))
    expect(Object.keys(unseenFaults).filter((name) => !names.has(name))).toEqual([])
  })

  it('is a small part of them', () => {
    expect(seen.length).toBeGreaterThan(180)
  })
})
