import { describe, expect, test } from 'vitest'
import { median, percentile, summarise } from '../src/statistics.js'

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

  test('is the smallest value that so many percent do not exceed', () => {
    expect(percentile(hundred, 50)).toBe(50)
    expect(percentile(hundred, 99)).toBe(99)
    expect(percentile([10, 2, 33], 50)).toBe(10)
    expect(percentile([10, 2, 33], 99)).toBe(33)
  })

  test('reaches from the least value to the greatest', () => {
    expect(percentile(hundred, 0)).toBe(1)
    expect(percentile(hundred, 100)).toBe(100)
    expect(percentile([7], 50)).toBe(7)
  })

  test('refuses to make up a value', () => {
    expect(() => percentile([], 50)).toThrow(RangeError)
  })
})

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([9, 1, 5])).toBe(5)
})

test('a summary has the median and the range, whatever the order of the runs', () => {
  expect(summarise([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 })
})
