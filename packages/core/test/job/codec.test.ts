import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { type Codec, jsonCodec } from '../../src/index.js'
import { encodeWith } from '../../src/job/codec.js'

const asArgs = {
  what: 'args',
  maxBytes: 1_000,
  notSerializable: 'ARGS_NOT_SERIALIZABLE',
  tooLarge: 'ARGS_TOO_LARGE',
} as const

function encode(value: unknown): string {
  return encodeWith(jsonCodec, value, asArgs)
}

function aCycle(): object {
  const inner: Record<string, unknown> = {}
  const outer = { inner }
  inner['outer'] = outer
  return outer
}

class Address {
  readonly to = 'ada'
}

describe('the JSON codec', () => {
  it.each([
    ['null', null],
    ['a text', 'line\nbreak \u0000 \ud83d\ude00 {}'],
    ['the empty text', ''],
    ['a lone surrogate', 'a\ud800b'],
    ['a number', -1.5e-7],
    ['a boolean', false],
    ['an empty object', {}],
    ['an empty array', []],
    ['nested objects and arrays', { a: [{ b: [1, 'x', null, true] }], '': 0, 'a.b': 1 }],
    ['undefined', undefined],
  ])('brings back %s', (_, value) => {
    expect(jsonCodec.decode(encode(value))).toEqual(value)
  })

  it('counts a property that is undefined as absent', () => {
    expect(encode({ a: 1, b: undefined })).toBe('{"a":1}')
  })

  it('takes an object without a prototype, and one of another realm', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 })
    expect(encode(bare)).toBe('{"a":1}')
    expect(encode(runInNewContext('({ a: [1, { b: 2 }] })'))).toBe('{"a":[1,{"b":2}]}')
  })

  it('refuses a class instance of another realm', () => {
    expect(() => encode({ at: runInNewContext('new Date(0)') as unknown })).toThrow('args.at is an instance of Date')
    expect(() => encode({ m: runInNewContext('new Map()') as unknown })).toThrow('args.m is an instance of Map')
  })

  it('takes the same object twice, as that is no cycle', () => {
    const twin = { a: 1 }
    expect(encode([twin, twin])).toBe('[{"a":1},{"a":1}]')
  })

  it.each([
    ['a function', { f: () => {} }, 'args.f is a function, which JSON cannot carry'],
    ['a BigInt', { n: [1n] }, 'args.n[0] is a bigint'],
    ['a symbol', { s: Symbol('s') }, 'args.s is a symbol'],
    ['a cycle', aCycle(), 'args.inner.outer refers back to an object that holds it'],
    ['a Date', { at: new Date(0) }, 'args.at is a Date, which JSON turns into a string; pass its toISOString()'],
    ['a Map', { m: new Map() }, 'args.m is an instance of Map'],
    ['a Set', [new Set()], 'args[0] is an instance of Set'],
    ['a Buffer', { b: Buffer.from('a') }, 'args.b is an instance of Buffer'],
    ['an Error', { e: new Error('x') }, 'args.e is an instance of Error'],
    ['a class instance', { a: new Address() }, 'args.a is an instance of Address'],
    ['a boxed text', { s: Object('a') as unknown }, 'args.s is an instance of String'],
    ['a promise', { p: Promise.resolve() }, 'args.p is an instance of Promise'],
    ['NaN', { n: NaN }, 'args.n is NaN, which JSON has no way to write'],
    ['Infinity', { n: -Infinity }, 'args.n is -Infinity'],
    ['undefined in an array', { list: [1, undefined] }, 'args.list[1] is undefined'],
    ['a hole in an array', [, 1], 'args[0] is undefined'],
    ['a function at the root', () => {}, 'args is a function'],
    ['a toJSON method', { toJSON: () => 1 }, 'args.toJSON is a function'],
    ['a key that is no identifier', { 'a b': { 1: NaN } }, 'args["a b"]["1"] is NaN'],
  ])('refuses %s and names its path', (_, value, message) => {
    expect(() => encode(value)).toThrow(message)
    expect(() => encode(value)).toThrow(expect.objectContaining({ code: 'ARGS_NOT_SERIALIZABLE' }))
  })

  it('refuses what a getter throws, with a coded error', () => {
    const hostile = Object.defineProperty({}, 'a', {
      enumerable: true,
      get() {
        throw new Error('a trap')
      },
    })
    expect(() => encode(hostile)).toThrow(expect.objectContaining({ code: 'ARGS_NOT_SERIALIZABLE' }))
  })

  it('refuses what a getter throws that has no text, with a coded error', () => {
    const hostile = Object.defineProperty({}, 'a', {
      enumerable: true,
      get() {
        throw Object.create(null)
      },
    })
    expect(() => encode(hostile)).toThrow(expect.objectContaining({ code: 'ARGS_NOT_SERIALIZABLE' }))
  })

  it('takes a nesting of a thousand, and refuses one of a million with a coded error', () => {
    const nested = (depth: number): unknown => {
      let value: unknown = 1
      for (let level = 0; level < depth; level++) value = [value]
      return value
    }
    const large = { ...asArgs, maxBytes: 1e9 }
    const text = encodeWith(jsonCodec, nested(1_000), large)
    expect(jsonCodec.decode(text)).toEqual(nested(1_000))
    const error = expect.objectContaining({ code: 'ARGS_NOT_SERIALIZABLE' }) as Error
    expect(() => encodeWith(jsonCodec, nested(50_000), large)).toThrow(error)
  })

  it('refuses a property whose key is a symbol, as it would not come back', () => {
    expect(() => encode({ [Symbol('s')]: 1 })).toThrow(expect.objectContaining({ code: 'ARGS_NOT_SERIALIZABLE' }))
  })
})

describe('encoding', () => {
  it('takes a text of exactly the limit', () => {
    expect(encode('x'.repeat(998))).toHaveLength(1_000)
  })

  it('refuses a text over the limit and names both sizes', () => {
    expect(() => encode('x'.repeat(999))).toThrow('args has 1001 bytes when encoded; at most 1000 are allowed')
    expect(() => encode('x'.repeat(999))).toThrow(expect.objectContaining({ code: 'ARGS_TOO_LARGE' }))
  })

  it('counts bytes, not characters', () => {
    expect(encode('é'.repeat(499))).toHaveLength(501)
    expect(() => encode('é'.repeat(500))).toThrow('args has 1002 bytes')
    expect(encode('😀'.repeat(249))).toHaveLength(500)
    expect(() => encode('😀'.repeat(250))).toThrow('args has 1002 bytes')
    expect(() => encode('日'.repeat(333))).toThrow('args has 1001 bytes')
  })

  it('says what another codec could not do, with the cause', () => {
    const cause = new Error('no schema')
    const codec: Codec = {
      encode() {
        throw cause
      },
      decode: (text) => text,
    }
    expect(() => encodeWith(codec, 1, asArgs)).toThrow(
      expect.objectContaining({ code: 'ARGS_NOT_SERIALIZABLE', message: 'args cannot be encoded: no schema', cause }),
    )
  })
})
