import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/index.js'
import { checkInstant, checkName, checkNumber, checkOptions, checkSpan, MAX_SPAN_MS } from '../../src/job/checks.js'

describe('a name', () => {
  it.each(['a', 'e-mail.send', 'über', '日本', 'a b', '😀', 'x'.repeat(256)])('may be %j', (name) => {
    expect(checkName('name', name)).toBe(name)
  })

  it.each([
    [undefined, 'name must be a string, got undefined'],
    [5, 'name must be a string, got 5'],
    [{}, 'name must be a string, got an object'],
    [[], 'name must be a string, got an array'],
    [() => {}, 'name must be a string, got a function'],
    [Symbol('s'), 'name must be a string, got Symbol(s)'],
    ['', 'name must have 1 to 256 characters, got 0'],
    ['x'.repeat(257), 'name must have 1 to 256 characters, got 257'],
    ['a\nb', 'name must have no control characters and no braces, got "\\n"'],
    ['a\u0000b', 'name must have no control characters and no braces, got "\\u0000"'],
    ['a\u007fb', 'name must have no control characters and no braces'],
    ['{a', 'name must have no control characters and no braces, got "{"'],
    ['a}', 'name must have no control characters and no braces, got "}"'],
    ['a\ud800b', 'name must have no control characters and no braces, got "\\ud800"'],
  ])('may not be %j', (name, message) => {
    expect(() => checkName('name', name)).toThrow(InvalidArgumentError)
    expect(() => checkName('name', name)).toThrow(message)
  })
})

describe('a number', () => {
  it.each([1, 2, 10])('may be %d, a whole one of its range', (value) => {
    expect(checkNumber('maxAttempts', value, { min: 1, max: 10 })).toBe(value)
  })

  it.each([0, 11, 1.5, NaN, Infinity, -1, '5', null, undefined, 5n, true])('may not be %s', (value) => {
    expect(() => checkNumber('maxAttempts', value, { min: 1, max: 10 })).toThrow(
      `maxAttempts must be a whole number from 1 to 10, got ${typeof value === 'string' ? `"${value}"` : String(value)}`,
    )
  })

  it('may have a fraction where that is allowed', () => {
    expect(checkNumber('jitter', 0.5, { min: 0, max: 1, fraction: true })).toBe(0.5)
    expect(() => checkNumber('jitter', 1.1, { min: 0, max: 1, fraction: true })).toThrow(
      'jitter must be a number from 0 to 1, got 1.1',
    )
  })
})

describe('a span', () => {
  it('is rounded up to whole milliseconds', () => {
    expect(checkSpan('delayMs', 0.1)).toBe(1)
    expect(checkSpan('delayMs', 5)).toBe(5)
    expect(checkSpan('delayMs', 0)).toBe(0)
    expect(checkSpan('delayMs', MAX_SPAN_MS)).toBe(MAX_SPAN_MS)
  })

  it.each([-1, NaN, Infinity, MAX_SPAN_MS + 1, '1s'])('may not be %s', (value) => {
    expect(() => checkSpan('delayMs', value)).toThrow(`delayMs must be a number from 0 to ${MAX_SPAN_MS}`)
  })
})

describe('an instant', () => {
  it('is a Date', () => {
    expect(checkInstant('executeAt', new Date(5))).toBe(5)
  })

  it.each([
    [new Date(NaN), 'executeAt must be a valid Date, got an invalid one'],
    [1_700_000_000_000, 'executeAt must be a Date, got 1700000000000'],
    ['2024-01-01', 'executeAt must be a Date, got "2024-01-01"'],
    [null, 'executeAt must be a Date, got null'],
  ])('may not be %s', (value, message) => {
    expect(() => checkInstant('executeAt', value)).toThrow(message)
  })
})

describe('options', () => {
  it('are an object of known keys', () => {
    expect(checkOptions('options', { id: 'a' }, ['id'])).toEqual({ id: 'a' })
  })

  it.each([
    [null, 'options must be an object, got null'],
    [[], 'options must be an object, got an array'],
    ['id', 'options must be an object, got "id"'],
    [{ delay: 5 }, "options has no option 'delay'; it knows id, delayMs"],
  ])('may not be %j', (value, message) => {
    expect(() => checkOptions('options', value, ['id', 'delayMs'])).toThrow(message)
  })
})
