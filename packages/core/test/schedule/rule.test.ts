import { describe, expect, it } from 'vitest'
import type { ScheduleRule } from '../../src/schedule/rule.js'
import { decodeRule, encodeRule } from '../../src/schedule/rule.js'
import { DEFAULT_POLICY } from '../../src/schedule/schedule-options.js'

const job = { name: 'report', payload: '{"n":1}', options: '', retention: { completedMs: 0, deadMs: 5 } }
const plain: ScheduleRule = { timing: { everyMs: 1_000 }, policy: DEFAULT_POLICY, job }
const PLAIN_TEXT = `{"v":1,"everyMs":1000,"job":${JSON.stringify(job)}}`

describe('the rule of a schedule', () => {
  it('is stored with a version, and without what is at its default', () => {
    expect(encodeRule(plain)).toBe(PLAIN_TEXT)
    expect(decodeRule('s', PLAIN_TEXT)).toMatchObject(plain)
  })

  it('comes back as it was stored', () => {
    const full: ScheduleRule = {
      timing: { cron: '0 9 * * *', timeZone: 'Europe/Paris', startAt: 5, endAt: 8e12 },
      policy: {
        ...{ overlap: 'bufferOne', catchUp: 'latest', catchUpWindowMs: 5, jitterMs: 7, maxRuns: 3, pauseOnDead: true },
      },
      job: { ...job, options: '{"maxAttempts":3}', priority: 4, group: { key: 'g', weight: 2 } },
    }
    expect(decodeRule('s', encodeRule(full))).toMatchObject(full)
    expect(encodeRule(decodeRule('s', encodeRule(full)))).toBe(encodeRule(full))
    const skipping: ScheduleRule = { ...plain, policy: { ...DEFAULT_POLICY, catchUp: 'skip' } }
    expect(decodeRule('s', encodeRule(skipping))).toMatchObject(skipping)
  })

  it('may have fields that this release does not know (G19)', () => {
    expect(decodeRule('s', PLAIN_TEXT.replace('"v":1', '"v":1,"colour":"red"'))).toMatchObject(plain)
    const options = '{"v":1,"colour":"red"}'
    expect(decodeRule('s', encodeRule({ ...plain, job: { ...job, options } })).job.options).toBe(options)
  })

  it.each([
    PLAIN_TEXT.replace('"v":1', '"v":2'),
    '{"v":2}',
    encodeRule({ ...plain, job: { ...job, options: '{"v":2}' } }),
  ])('is UNSUPPORTED_RECORD when a newer release wrote it: %s (G19)', (text) => {
    const error = expect.objectContaining({
      code: 'UNSUPPORTED_RECORD',
      message: expect.stringContaining("'s'"),
    }) as Error
    expect(() => decodeRule('s', text)).toThrow(error)
  })

  it.each([
    '{',
    'null',
    '5',
    '[]',
    '{}',
    PLAIN_TEXT.replace('"v":1', '"v":"1"'),
    PLAIN_TEXT.replace('1000', '0'),
    PLAIN_TEXT.replace('"everyMs":1000', '"cron":"* * * *"'),
    PLAIN_TEXT.replace('"everyMs":1000', '"cron":"* * * * *","timeZone":"Nowhere"'),
    PLAIN_TEXT.replace('"everyMs":1000', '"everyMs":1000,"overlap":"no"'),
    PLAIN_TEXT.replace('"everyMs":1000', '"everyMs":1000,"startAt":"soon"'),
    '{"v":1,"everyMs":1000}',
    PLAIN_TEXT.replace('"report"', '5'),
    PLAIN_TEXT.replace('"deadMs":5', '"deadMs":"5"'),
    encodeRule({ ...plain, job: { ...job, options: '{' } }),
  ])('is UNDECODABLE_RECORD when it is damaged: %s', (text) => {
    const error = expect.objectContaining({
      code: 'UNDECODABLE_RECORD',
      message: expect.stringContaining("'s'"),
    }) as Error
    expect(() => decodeRule('s', text)).toThrow(error)
  })
})
