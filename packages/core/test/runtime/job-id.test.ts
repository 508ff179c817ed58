import { describe, expect, it } from 'vitest'
import { ManualClock } from '@goscheds/memory'
import { systemRuntime } from '../../src/index.js'
import { timeOrderedId } from '../../src/runtime/job-id.js'

describe('a job id', () => {
  it('has 22 letters and digits', () => {
    expect(systemRuntime.newId()).toMatch(/^[0-9A-Za-z]{22}$/)
    expect(new ManualClock().newId()).toMatch(/^[0-9A-Za-z]{22}$/)
  })

  it('sorts by the time of its making', () => {
    const times = [0, 1, 61, 62, 3_843, 3_844, 1_700_000_000_000, 1_700_000_000_001, 8_640_000_000_000]
    const ids = times.map((time) => timeOrderedId(time, () => Math.floor(Math.random() * 256)))
    expect([...ids].sort()).toEqual(ids)
  })

  it('is unique over 200,000 made in the same moment', () => {
    expect(new Set(Array.from({ length: 200_000 }, () => systemRuntime.newId())).size).toBe(200_000)
    const clock = new ManualClock()
    expect(new Set(Array.from({ length: 200_000 }, () => clock.newId())).size).toBe(200_000)
  })

  it('uses every character equally often', () => {
    let byte = 0
    const counts = new Map<string, number>()
    for (let n = 0; n < 62; n++) {
      for (const char of timeOrderedId(0, () => byte++ & 255).slice(8)) counts.set(char, (counts.get(char) ?? 0) + 1)
    }
    expect(new Set(counts.values())).toEqual(new Set([14]))
  })
})
