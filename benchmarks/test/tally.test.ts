import { expect, test } from 'vitest'
import { Tally } from '../src/tally.js'

function run(tally: Tally, numbers: readonly number[]): void {
  for (const n of numbers) {
    tally.handled(n)
    tally.settled()
  }
}

test('a run in which every job runs once and ends is accepted', async () => {
  const tally = new Tally(10)
  run(tally, [3, 1, 2, 0, 9, 8, 7, 6, 5, 4])
  await tally.finished()
  expect(() => tally.verify()).not.toThrow()
})

test('a job that runs twice fails the run, even when all have ended', async () => {
  const tally = new Tally(3)
  run(tally, [0, 1, 1])
  await expect(tally.finished()).rejects.toThrow('job 1 ran twice')
  expect(() => tally.verify()).toThrow('job 1 ran twice')
})

test('a job that nobody pushed fails the run', async () => {
  const tally = new Tally(3)
  run(tally, [0, 1, 3])
  await expect(tally.finished()).rejects.toThrow('job 3 was never pushed')
})

test('a job that is missing fails the run', () => {
  const tally = new Tally(3)
  run(tally, [0, 2])
  expect(() => tally.verify()).toThrow('of 3 jobs 2 ran and 2 ended')
})

test('a job that comes again after the last one has ended fails the run', async () => {
  const tally = new Tally(2)
  run(tally, [0, 1])
  await tally.finished()
  tally.handled(0)
  expect(() => tally.verify()).toThrow('job 0 ran twice')
})

test('a fault that the library reports fails the run', async () => {
  const tally = new Tally(2)
  tally.fail(new Error('the connection was lost'))
  run(tally, [0, 1])
  await expect(tally.finished()).rejects.toThrow('the connection was lost')
})
