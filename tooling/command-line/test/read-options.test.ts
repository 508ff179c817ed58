import { afterEach, expect, it, vi } from 'vitest'
import { readOptions } from '../src/read-options.js'

const before = process.exitCode

afterEach(() => {
  process.exitCode = before
  vi.restoreAllMocks()
})

it('hands the command line on', () => {
  expect(readOptions((argv) => argv, 'usage')).toEqual(process.argv.slice(2))
  expect(process.exitCode).toBe(before)
})

it('says what is wrong and how it is used', () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  const refuse = (): never => {
    throw new Error('there is no --sed')
  }
  expect(readOptions(refuse, 'usage')).toBeUndefined()
  expect(said).toHaveBeenCalledWith('there is no --sed\n\nusage')
  expect(process.exitCode).toBe(2)
})
