import { expect, test } from 'vitest'
import { parseOptions } from '../src/options.js'
import { allAdapters, allPeers, allStores } from '../src/adapters/all-adapters.js'
import { memory } from '../src/adapters/memory.js'
import { redis } from '../src/adapters/redis.js'
import { allScenarios } from '../src/scenarios/all-scenarios.js'
import { s1SinglePushes } from '../src/scenarios/s1-single-pushes.js'

test('without options every store and every peer is measured three times, in all but the scenarios that are run by name', () => {
  const byName = ['S0', 'S8', 'S9', 'S10', 'S11', 'S12']
  const scenarios = allScenarios.filter(({ id }) => !byName.includes(id))
  expect(parseOptions([])).toMatchObject({ scenarios, adapters: allAdapters, runs: 3 })
})

test('peers are chosen beside the stores, and either can be none', () => {
  expect(parseOptions(['--store', 'redis']).adapters.slice(1)).toEqual(allPeers)
  expect(parseOptions(['--peer', 'none']).adapters).toEqual(allStores)
  expect(parseOptions(['--store', 'none', '--peer', 'BullMQ']).adapters).toEqual(allPeers.slice(0, 1))
})

test('scenarios and stores are chosen by name, with commas or one by one, whatever the case', () => {
  const { scenarios, adapters } = parseOptions([
    '--',
    '--scenario',
    's3,S1',
    '--scenario',
    'S2',
    '--store',
    'memory',
    '--peer',
    'none',
  ])
  expect(scenarios.map(({ id }) => id)).toEqual(['S1', 'S2', 'S3'])
  expect(adapters.map(({ name }) => name)).toEqual(['memory'])
})

/** A scenario with more jobs for the store in Redis than for others. */
const scenario = { ...s1SinglePushes, jobs: 30, quickJobs: 3, jobsWith: { redis: 50 } }

test('a run has the jobs of its scenario, and those for its adapter where it names any', () => {
  const { jobsOf } = parseOptions([])
  expect([jobsOf(scenario, memory), jobsOf(scenario, redis)]).toEqual([30, 50])
})

test('--quick makes one short run unless --runs and --jobs say otherwise', () => {
  const quick = parseOptions(['--quick'])
  expect([quick.runs, quick.jobsOf(scenario, redis)]).toEqual([1, 3])
  const own = parseOptions(['--quick', '--runs', '2', '--jobs', '70'])
  expect([own.runs, own.jobsOf(scenario, redis)]).toEqual([2, 70])
})

test('only a whole measurement is written to the results, unless it is said otherwise', () => {
  expect(parseOptions([]).isSaved).toBe(true)
  expect(parseOptions(['--']).isSaved).toBe(true)
  expect(parseOptions(['--no-save']).isSaved).toBe(false)
  expect(parseOptions(['--quick']).isSaved).toBe(false)
  expect(parseOptions(['--scenario', 'S1']).isSaved).toBe(false)
  expect(parseOptions(['--scenario', 'S1', '--save']).isSaved).toBe(true)
})

test.each([
  [['--fast'], "Unknown option '--fast'"],
  [['S1'], "Unexpected argument 'S1'"],
  [['--scenario', 'S99'], '--scenario knows S0, S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, S12, not '],
  [['--store', 'disk'], '--store knows memory, redis, not '],
  [['--peer', 'kue'], '--peer knows bullmq, bee-queue, not '],
  [['--runs', '0'], '--runs must be a whole number from 1 to 20'],
  [['--against', '/nowhere'], "--against needs a checkout of goscheds, installed and built; '/nowhere' is none"],
  [['--jobs', '1e9'], '--jobs must be a whole number from 1 to 1000000'],
])('%j is refused with a message that says why', (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(message)
})
