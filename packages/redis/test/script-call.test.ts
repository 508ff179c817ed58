import { describe, expect, it } from 'vitest'
import { decodeAndEmpty, ReplyReader } from '../src/calls/script-call.js'

describe('a reply', () => {
  it('is read, and has nothing left in it for the command of the client to keep', () => {
    const reply = [2, 'one', 'two']
    const decoded = decodeAndEmpty(reply, (reader) => {
      const count = reader.number()
      return Array.from({ length: count }, () => reader.text())
    })
    expect(decoded).toEqual(['one', 'two'])
    expect(reply).toEqual([])
  })

  it('may be a single value', () => {
    expect(decodeAndEmpty('3', (reader) => reader.number())).toBe(3)
    expect(new ReplyReader(null).optional()).toBeUndefined()
  })
})
