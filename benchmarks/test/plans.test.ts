import { expect, test } from 'vitest'
import { allAdapters, allStores } from '../src/adapters/all-adapters.js'
import { plansOf } from '../src/plans.js'
import { s1SinglePushes } from '../src/scenarios/s1-single-pushes.js'
import { s3Drain } from '../src/scenarios/s3-drain.js'
import { s8Fairness } from '../src/scenarios/s8-fairness.js'

const options = { scenarios: [s1SinglePushes], adapters: allAdapters, runs: 3, jobsOf: () => 7, against: undefined }

test('all take turns, and another one begins in each round', () => {
  expect(plansOf(options).map(({ adapter }) => adapter.name)).toEqual([
    ...['memory', 'redis', 'bullmq', 'bee-queue'],
    ...['redis', 'bullmq', 'bee-queue', 'memory'],
    ...['bullmq', 'bee-queue', 'memory', 'redis'],
  ])
})

test('all run a variant before any runs the next', () => {
  const plans = plansOf({ ...options, scenarios: [s3Drain], adapters: allStores, runs: 1 })
  expect(plans.map(({ adapter, variant }) => `${adapter.name} ${variant}`)).toEqual([
    ...['memory 10', 'redis 10', 'memory 100', 'redis 100', 'memory 500', 'redis 500'],
  ])
})

test('whom a scenario does not apply to is left out', () => {
  const plans = plansOf({ ...options, scenarios: [s8Fairness], runs: 1 })
  expect(new Set(plans.map(({ adapter }) => adapter))).toEqual(new Set(allStores))
})

test('another checkout runs right beside this one, by turns before and after it, and its peers do not', () => {
  const plans = plansOf({ ...options, adapters: allAdapters.slice(1, 3), runs: 2, against: '/there' })
  expect(plans.map(({ adapter, checkout = '/here' }) => `${adapter.name} ${checkout}`)).toEqual([
    ...['redis /here', 'redis /there', 'bullmq /here'],
    ...['bullmq /here', 'redis /there', 'redis /here'],
  ])
})
