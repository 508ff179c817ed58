import { expect, test } from 'vitest'
import { ratios } from '../src/ratios.js'
import type { RunResult } from '../src/run-result.js'
import { s3Drain } from '../src/scenarios/s3-drain.js'

function run(store: string, variant: string, jobsPerSecond: number): RunResult {
  return { scenario: 'S3', store, variant, jobs: 1, metrics: { jobsPerSecond } }
}

test('each run is divided by the one that was made beside it, store by store and variant by variant', () => {
  const ours = [run('redis', '10', 100), run('memory', '10', 7), run('redis', '10', 300), run('redis', '10', 90)]
  const theirs = [run('redis', '10', 200), run('redis', '10', 200), run('memory', '10', 7), run('redis', '10', 100)]
  expect(ratios([s3Drain], ours, theirs).split('\n').slice(1)).toEqual([
    '  S3 redis 10, jobs/s: 0.900 (0.500 – 1.500)',
    '  S3 memory 10, jobs/s: 1.000 (1.000 – 1.000)',
  ])
})
