import { describe, expect, it } from 'vitest'
import { jsonCodec } from '../../src/index.js'
import { DEFAULT_RETENTION } from '../../src/job/options.js'
import { decodeClaimed, decodeOptions, decodePayload, toNewJob } from '../../src/job/record.js'
import { aClaimedJob } from '../support/a-claimed-job.js'

function newJob(options: Record<string, unknown>, defaults: object = {}) {
  return toNewJob({ name: 'email', args: { to: 'ada' }, defaults, options }, jsonCodec, () => 'made-id')
}

const unreadable = expect.objectContaining({ code: 'UNDECODABLE_RECORD' }) as Error
const unsupported = expect.objectContaining({ code: 'UNSUPPORTED_RECORD' }) as Error

describe('a job as the store gets it', () => {
  it('has an empty options text and the default retention when nothing is said', () => {
    expect(newJob({})).toEqual({
      ...{ id: 'made-id', name: 'email', payload: '{"to":"ada"}', options: '' },
      retention: { completedMs: 0, deadMs: 2_592_000_000 },
    })
  })

  it('carries its options there and back', () => {
    const options = {
      maxAttempts: 3,
      backoff: { type: 'fixed', delayMs: 5 },
      timeoutMs: 100,
      retain: { completedMs: 60_000 },
      metadata: { trace: 'é😀', nested: [1, null] },
    }
    const job = newJob({ ...options, id: 'mine' })
    expect(job.id).toBe('mine')
    expect(job.retention).toEqual({ completedMs: 60_000, deadMs: DEFAULT_RETENTION.deadMs })
    expect(decodeOptions(job.options)).toEqual({
      maxAttempts: 3,
      backoff: { type: 'fixed', delayMs: 5 },
      timeoutMs: 100,
      retention: { completedMs: 60_000, deadMs: DEFAULT_RETENTION.deadMs },
      metadata: { trace: 'é😀', nested: [1, null] },
    })
  })

  it("takes a definition's options where the push says nothing", () => {
    const { options } = newJob({ maxAttempts: 3 }, { maxAttempts: 5, timeoutMs: 100 })
    expect(decodeOptions(options)).toMatchObject({ maxAttempts: 3, timeoutMs: 100 })
  })

  it("keeps the half of a definition's retention that the push does not mention", () => {
    const { retention } = newJob({ retain: { completedMs: 5 } }, { retain: { deadMs: 7 } })
    expect(retention).toEqual({ completedMs: 5, deadMs: 7 })
  })

  it('is due at an instant or after a span', () => {
    expect(newJob({ executeAt: new Date(5) })).toMatchObject({ executeAt: 5 })
    expect(newJob({ delayMs: 1.5 })).toMatchObject({ delayMs: 2 })
    expect(() => newJob({ executeAt: new Date(5), delayMs: 5 })).toThrow('give executeAt or delayMs, not both')
  })

  it.each([
    [{ maxAttempts: 0 }, 'maxAttempts must be a whole number from 1 to 10000, got 0'],
    [{ timeoutMs: 0 }, 'timeoutMs must be a number from 1'],
    [{ delayMs: -1 }, 'delayMs must be a number from 0'],
    [{ executeAt: new Date(NaN) }, 'executeAt must be a valid Date'],
    [{ id: '' }, 'id must have 1 to 256 characters, got 0'],
    [{ id: 'a{b' }, 'id must have no control characters and no braces, got "{"'],
    [{ retain: { completedMs: -1 } }, 'retain.completedMs must be a number from 0'],
    [{ retain: { forMs: 1 } }, "retain has no option 'forMs'"],
    [{ retain: 5 }, 'retain must be an object, got 5'],
    [{ metadata: [] }, 'metadata must be an object, got an array'],
    [{ metadata: { at: new Date(0) } }, 'metadata.at is a Date'],
    [{ metadata: { text: 'x'.repeat(16 * 1024) } }, 'metadata has 16395 bytes when encoded; at most 16384'],
  ])('is refused with the option, the value and the range: %j', (options, message) => {
    expect(() => newJob(options)).toThrow(message)
    expect(() => newJob(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

describe('a stored record', () => {
  it('has the defaults when its options text is empty', () => {
    expect(decodeOptions('')).toEqual({
      maxAttempts: 10,
      backoff: { type: 'exponential', delayMs: 1_000 },
      timeoutMs: undefined,
      retention: DEFAULT_RETENTION,
      metadata: {},
    })
  })

  it('may have fields that this release does not know (G19)', () => {
    expect(decodeOptions('{"v":1,"maxAttempts":2,"colour":"red"}')).toMatchObject({ maxAttempts: 2 })
  })

  it('is UNSUPPORTED_RECORD when a newer release wrote it (G19)', () => {
    expect(() => decodeOptions('{"v":2,"maxAttempts":2}')).toThrow(unsupported)
  })

  it.each(['{', 'null', '5', '"text"', '[]'])('is UNDECODABLE_RECORD when its options are %s', (text) => {
    expect(() => decodeOptions(text)).toThrow(unreadable)
  })

  it.each([
    '{"maxAttempts":"ten"}',
    '{"maxAttempts":0}',
    '{"backoff":5}',
    '{"backoff":{"type":"fixed"}}',
    '{"timeoutMs":"soon"}',
    '{"retain":"long"}',
    '{"metadata":5}',
    '{"v":"2"}',
  ])('is UNDECODABLE_RECORD when an option has the wrong kind: %s', (text) => {
    expect(() => decodeOptions(text)).toThrow(unreadable)
  })

  it('is UNDECODABLE_RECORD when its args do not decode', () => {
    expect(() => decodePayload('{"to":', jsonCodec)).toThrow(unreadable)
  })

  it('is UNDECODABLE_RECORD when the store says that it is damaged', () => {
    const damaged = aClaimedJob({ damage: 'bad msgpack' })
    expect(() => decodeClaimed(damaged, jsonCodec)).toThrow(unreadable)
    expect(() => decodeClaimed(damaged, jsonCodec)).toThrow('bad msgpack')
  })
})
