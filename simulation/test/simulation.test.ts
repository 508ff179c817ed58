import { fileURLToPath } from 'node:url'
import { formatHistory, parseHistory } from '@goscheds/conformance/history'
import { afterAll, describe, expect, it } from 'vitest'
import { OCCURRENCES } from '../src/asked/occurrences.js'
import { altered } from '../src/defects/defect.js'
import { describeSeed } from '../src/describe.js'
import { FAULT_KINDS } from '../src/network/faults.js'
import { openMemory, runSeed } from '../src/run-seed.js'
import { count, emptyTally } from '../src/tally.js'
import { firstSeed, seedCount } from './seed-range.js'

const PARTS = 10
/** A seed takes some hundredths of a second; a machine that is busy otherwise may take a hundred times as long. */
const PER_SEED_MS = 2_000
/** Above it, jobs begin late while nothing is wrong: the longest sleep of a loop is five seconds. */
const MAX_LATENESS_MS = 6_000

const tally = emptyTally()

describe(`a world of Schedulers, Workers and producers with faults, from seed ${firstSeed} on`, () => {
  for (let part = 0; part < PARTS; part++) {
    const from = firstSeed + Math.floor((part * seedCount) / PARTS)
    const until = firstSeed + Math.floor(((part + 1) * seedCount) / PARTS)
    const timeout = 20_000 + (until - from) * PER_SEED_MS
    it(`keeps every guarantee (G1-G18) in the seeds ${from} to ${until - 1}`, { timeout }, async () => {
      const failed: string[] = []
      for (let seed = from; seed < until; seed++) {
        const result = await runSeed(seed)
        count(tally, result)
        if (result.findings.length > 0) failed.push(describeSeed(result, `pnpm simulate --seed ${seed}`))
      }
      expect(failed, failed.join('\n')).toEqual([])
    })
  }

  it('put in every kind of fault', () => {
    const missing = FAULT_KINDS.filter((kind) => tally.faults[kind] === 0)
    expect(missing, 'with fewer than a hundred seeds some may be missing').toEqual([])
  })

  it('saw all that a job can ask for, and what comes of it', () => {
    const missing = OCCURRENCES.filter((kind) => tally.occurrences[kind] === 0)
    expect(missing, 'with fewer than a few hundred seeds some may be missing').toEqual([])
  })

  it('left a fifth of the seeds plain', () => {
    expect(tally.plain / tally.seeds).toBeGreaterThan(0.1)
    expect(tally.plain / tally.seeds).toBeLessThan(0.4)
  })

  it('begins a job in time while all is healthy (G9)', () => {
    expect(tally.latenessMs).toBeLessThan(MAX_LATENESS_MS)
  })

  it('pushed and ran many jobs', () => {
    expect(tally.jobs / tally.seeds).toBeGreaterThan(10)
    expect(tally.events / tally.seeds).toBeGreaterThan(500)
  })

  afterAll(() => {
    const { seeds, faults, occurrences } = tally
    console.log(`${seeds} seeds from ${firstSeed}: ${JSON.stringify({ ...faults, ...occurrences })}`)
  })
})

describe('a seed', () => {
  it.each([1, 2, 3, 4, 5])('replays byte for byte: %d', { timeout: 60_000 }, async (seed) => {
    const [first, second] = [await runSeed(seed), await runSeed(seed)]
    expect(JSON.stringify(second.inside)).toBe(JSON.stringify(first.inside))
    expect(JSON.stringify(second.outside)).toBe(JSON.stringify(first.outside))
    expect(second.faults).toEqual(first.faults)
  })

  it('leaves histories that can be written to a file and checked again', { timeout: 60_000 }, async () => {
    const { inside, outside } = await runSeed(1)
    for (const history of [inside, outside]) expect(parseHistory(formatHistory(history))).toEqual(history)
  })

  it('differs from the next one', { timeout: 60_000 }, async () => {
    expect(JSON.stringify((await runSeed(1)).inside)).not.toBe(JSON.stringify((await runSeed(2)).inside))
  })

  it('tells nothing of the machine it runs on', { timeout: 60_000 }, async () => {
    const { inside, outside } = await runSeed(1)
    expect(JSON.stringify([inside, outside])).not.toContain(fileURLToPath(new URL('..', import.meta.url)))
  })

  it('answers for the rejections that nobody has handled at its very end', { timeout: 60_000 }, async () => {
    const { findings } = await runSeed(1, {
      ...{ name: 'rejects in vain', guarantee: 'G2' },
      open(clock, random) {
        const { store } = openMemory(clock, random)
        const audit: typeof store.audit = (input) => {
          void Promise.reject(new Error('in vain'))
          return store.audit(input)
        }
        return { store: altered(store, { audit }) }
      },
    })
    expect(findings.map(({ message }) => message)).toEqual(['a rejection that nobody handled: Error: in vain'])
    expect((await runSeed(2)).findings).toEqual([])
  })

  it('answers for listeners that pile up at a signal', { timeout: 60_000 }, async () => {
    const { findings } = await runSeed(1, {
      ...{ name: 'piles up listeners', guarantee: 'G2' },
      open(clock, random) {
        const { store } = openMemory(clock, random)
        const { signal } = new AbortController()
        const audit: typeof store.audit = (input) => {
          for (let count = 0; count < 11; count++) signal.addEventListener('abort', () => {})
          return store.audit(input)
        }
        return { store: altered(store, { audit }) }
      },
    })
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining('Node.js warns: MaxListeners')])
  })

  it('ends with an audit of its store (G2)', { timeout: 60_000 }, async () => {
    const found = { kind: 'lost-job', key: 'email x', message: 'has no place' } as const
    const { findings } = await runSeed(1, {
      ...{ name: 'is damaged', guarantee: 'G2' },
      open(clock, random) {
        const { store } = openMemory(clock, random)
        const audit = async () => ({
          looked: 1,
          cursor: null,
          suspects: [found],
          awaited: [],
          seen: [],
          findings: [found],
        })
        return { store: altered(store, { audit }) }
      },
    })
    expect(findings.map(({ guarantee, message }) => [guarantee, message])).toEqual([
      ['G2', 'the audit finds lost-job (email x): has no place'],
    ])
  })
})
