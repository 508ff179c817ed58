import { expect, test } from 'vitest'
import { allAdapters } from '../src/adapters/all-adapters.js'
import { compare, ratio } from '../src/comparison.js'
import { comparisonTable } from '../src/comparison-table.js'
import type { RunResult } from '../src/run-result.js'
import type { Scenario } from '../src/scenario.js'
import { allScenarios } from '../src/scenarios/all-scenarios.js'
import { atLeastTimes, atMostTimes } from '../src/target.js'

const scenario: Scenario = {
  id: 'T',
  title: 'A trial',
  metrics: [
    { key: 'speed', label: 'jobs/s', digits: 0 },
    { key: 'cost', label: 'CPU s', digits: 1 },
  ],
  variants: ['10', '500'],
  bestBy: 'speed',
  targets: [
    atLeastTimes(3, 'bullmq', 'speed'),
    { metric: 'speed', store: 'redis', bound: 'at least', value: 250 },
    { metric: 'speed', store: 'redis', variant: '10', bound: 'at most', value: 5 },
    atMostTimes(1 / 2, 'bullmq', 'cost'),
    { metric: 'cost', store: 'redis', variant: '500', than: '10', bound: 'at most', value: 2 },
  ],
  jobs: 1,
  quickJobs: 1,
  run: async () => ({}),
}

function run(store: string, variant: string, speed: number, cost: number): RunResult {
  return { scenario: 'T', store, variant, jobs: 1, metrics: { speed, cost } }
}

// On Redis it is best at 500, BullMQ at 10.
const results = [
  ...[run('redis', '10', 4, 1), run('redis', '500', 300, 2), run('bullmq', '10', 100, 4), run('bullmq', '500', 50, 1)],
  ...[run('redis', '10', 6, 1), run('redis', '500', 200, 3), run('bullmq', '10', 50, 5), run('bullmq', '500', 40, 1)],
  ...[run('redis', '10', 5, 1), run('redis', '500', 290, 1), run('bullmq', '10', 100, 3), run('bullmq', '500', 60, 1)],
]

test('a target is judged round by round, each at its best variant or at the one that the target names', () => {
  const verdicts = compare([scenario], results).flatMap((comparison) =>
    comparison.verdicts.map(({ met, runs }) => [comparison.metric.key, comparison.variant, met, runs]),
  )
  expect(verdicts).toEqual([
    // 3, 4 and 2.9 times BullMQ; 300, 200 and 290.
    ['speed', undefined, 2, 3],
    ['speed', undefined, 2, 3],
    // 4, 6 and 5, of which at most 5 are wanted.
    ['speed', '10', 2, 3],
    // 0.5, 0.6 and 0.33 of BullMQ's.
    ['cost', undefined, 2, 3],
    // 2, 3 and 1 times its own at 10.
    ['cost', '500', 2, 3],
  ])
})

test('the ratio is the median of the rounds', () => {
  const [speed] = compare([scenario], results)
  if (speed === undefined) throw new Error('nothing was compared')
  expect(ratio(speed, 'redis', 'bullmq')).toEqual({ median: 3, min: 2.9, max: 4 })
  expect(ratio(speed, 'redis', 'bee-queue')).toBeUndefined()
})

test('the table has a line for each metric, and a dash for what was not measured', () => {
  const { rows } = comparisonTable(compare([scenario], results), allAdapters)
  expect(rows).toEqual([
    [
      ...['T A trial: jobs/s', '–', '290 at 500', '100 at 10', '–', '3.00', '–'],
      ...['≥ 3 × BullMQ, ≥ 250', '2 of 3, 2 of 3'],
    ],
    ['T A trial: 10, jobs/s', '–', '5', '100', '–', '0.05', '–', '≤ 5', '2 of 3'],
    ['T A trial: CPU s', '–', '2.0 at 500', '4.0 at 10', '–', '0.50', '–', '≤ 0.5 × BullMQ', '2 of 3'],
    ['T A trial: 500, CPU s', '–', '2.0', '1.0', '–', '2.00', '–', '≤ 2 × 10', '2 of 3'],
  ])
})

test('no verdict is given on what was not measured', () => {
  const alone = compare(
    [scenario],
    results.filter(({ store }) => store === 'redis'),
  )
  expect(alone.map(({ verdicts }) => verdicts.length)).toEqual([1, 1, 0, 1])
})

test('every target is about something that its scenario measures', () => {
  for (const { id, targets = [], metrics, variants } of allScenarios) {
    for (const { metric, variant, than } of targets) {
      expect(
        metrics.map(({ key }) => key),
        id,
      ).toContain(metric)
      if (variant !== undefined) expect(variants, id).toContain(variant)
      if (than !== undefined) expect(variants, id).toContain(than)
    }
  }
})
