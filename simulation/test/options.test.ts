import { isAbsolute } from 'node:path'
import { expect, test } from 'vitest'
import { parseOptions } from '../src/options.js'

test('one seed is one seed, in one process', () => {
  expect(parseOptions(['--seed', '7'])).toMatchObject({ from: 7, seeds: 1, processes: 1, isSingle: true })
})

test('a file for histories is found from where the command was given', () => {
  const { historyFile = '' } = parseOptions(['--seed', '7', '--history', 'history'])
  expect(isAbsolute(historyFile)).toBe(true)
})

test.each([
  [['--from', 'abc'], "--from must be a whole number, 0 or more, got 'abc'"],
  [['--seed', '1e3'], "--seed must be a whole number, 0 or more, got '1e3'"],
  [['--seeds', '0'], "--seeds must be a whole number, 1 or more, got '0'"],
  [['--jobs', '0'], "--jobs must be a whole number, 1 or more, got '0'"],
  [['--defect', 'none'], "there is no defect 'none'"],
])('%j is refused with a message that says why', (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(message)
})
