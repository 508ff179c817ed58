import { describe, expect, it } from 'vitest'
import { type Capabilities, defineJob, type JobEntry, type Store } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'
import { refusal } from '../support/open-handler.js'

const SPAN = 'from 0 to 3162240000000'
const TTL = 'a number from 1 to 3162240000000'

describe('the options of a push', () => {
  it.each<[object, string]>([
    [{ priority: 1_001 }, 'priority must be a whole number from -1000 to 1000, got 1001'],
    [{ priority: -1_001 }, 'priority must be a whole number from -1000 to 1000, got -1001'],
    [{ priority: 0.5 }, 'priority must be a whole number from -1000 to 1000, got 0.5'],
    [{ priority: NaN }, 'priority must be a whole number from -1000 to 1000, got NaN'],
    [{ priority: '5' }, 'priority must be a whole number from -1000 to 1000, got "5"'],
    [{ priority: null }, 'priority must be a whole number from -1000 to 1000, got null'],
    [{ unique: 'key' }, 'unique must be an object, got "key"'],
    [{ unique: null }, 'unique must be an object, got null'],
    [{ unique: {} }, 'unique.key must be a string, got undefined'],
    [{ unique: { key: '' } }, 'unique.key must have 1 to 256 characters, got 0'],
    [{ unique: { key: 'x'.repeat(257) } }, 'unique.key must have 1 to 256 characters, got 257'],
    [{ unique: { key: 'a{b' } }, 'unique.key must have no control characters and no braces, got "{"'],
    [{ unique: { key: 'a\tb' } }, 'unique.key must have no control characters and no braces, got "\\t"'],
    [{ unique: { key: 5 } }, 'unique.key must be a string, got 5'],
    [{ unique: { key: 'k', until: 'ended' } }, `unique.until must be 'finished', 'started' or { ttlMs }, got "ended"`],
    [{ unique: { key: 'k', until: 5 } }, `unique.until must be 'finished', 'started' or { ttlMs }, got 5`],
    [{ unique: { key: 'k', until: null } }, `unique.until must be 'finished', 'started' or { ttlMs }, got null`],
    [{ unique: { key: 'k', until: {} } }, `unique.until.ttlMs must be ${TTL}, got undefined`],
    [{ unique: { key: 'k', until: { ttlMs: 0 } } }, `unique.until.ttlMs must be ${TTL}, got 0`],
    [{ unique: { key: 'k', until: { ttlMs: Infinity } } }, `unique.until.ttlMs must be ${TTL}, got Infinity`],
    [{ unique: { key: 'k', until: { ttl: 5 } } }, "unique.until has no option 'ttl'; it knows ttlMs"],
    [
      { unique: { key: 'k', onConflict: 'debounce' } },
      'unique.onConflict must be one of ignore, replace, reschedule, runAgain, got "debounce"',
    ],
    [
      { unique: { key: 'k', onConflict: null } },
      'unique.onConflict must be one of ignore, replace, reschedule, runAgain, got null',
    ],
    [
      { unique: { key: 'k', until: 'started', onConflict: 'runAgain' } },
      "unique.onConflict 'runAgain' needs until: 'finished', or no key is held to wait for",
    ],
    [
      { unique: { key: 'k', until: { ttlMs: 5 }, onConflict: 'runAgain' } },
      "unique.onConflict 'runAgain' needs until: 'finished', or no key is held to wait for",
    ],
    [{ unique: { id: 'k' } }, "unique has no option 'id'; it knows key, until, onConflict"],
    [{ retain: { maxCount: 0 } }, 'retain.maxCount must be a whole number from 1 to 1000000, got 0'],
    [{ retain: { maxCount: 1_000_001 } }, 'retain.maxCount must be a whole number from 1 to 1000000, got 1000001'],
    [{ retain: { maxCount: 1.5 } }, 'retain.maxCount must be a whole number from 1 to 1000000, got 1.5'],
    [{ retain: { maxCount: Infinity } }, 'retain.maxCount must be a whole number from 1 to 1000000, got Infinity'],
    [{ retain: { completedMs: -1 } }, `retain.completedMs must be a number ${SPAN}, got -1`],
    [{ retain: { deadMs: '1d' } }, `retain.deadMs must be a number ${SPAN}, got "1d"`],
    [{ retain: { count: 5 } }, "retain has no option 'count'; it knows completedMs, deadMs, maxCount"],
    [{ retain: true }, 'retain must be an object, got true'],
    [{ backoff: { type: 'linear', delayMs: 5 } }, `backoff.type must be 'fixed' or 'exponential', got "linear"`],
    [{ backoff: { type: 'fixed' } }, `backoff.delayMs must be a number ${SPAN}, got undefined`],
    [{ backoff: { type: 'fixed', delayMs: 5, jitter: 1.5 } }, 'backoff.jitter must be a number from 0 to 1, got 1.5'],
    [{ backoff: { type: 'fixed', delayMs: 5, max: 9 } }, "backoff has no option 'max'; it knows type, delayMs"],
    [{ timeoutMs: 2 ** 31 }, 'timeoutMs must be a number from 1 to 2147483647, got 2147483648'],
    [{ timeoutMs: 0 }, 'timeoutMs must be a number from 1 to 2147483647, got 0'],
    [{ maxAttempts: 10_001 }, 'maxAttempts must be a whole number from 1 to 10000, got 10001'],
    [{ expiresAt: 5 }, 'expiresAt must be a Date, got 5'],
    [{ expiresAt: '2030-01-01' }, 'expiresAt must be a Date, got "2030-01-01"'],
    [{ expiresAt: null }, 'expiresAt must be a Date, got null'],
    [{ expiresAt: new Date(NaN) }, 'expiresAt must be a valid Date, got an invalid one'],
    [{ expires: 5 }, "options has no option 'expires'; it knows id, expiresAt, unique, group, maxAttempts"],
  ])('are refused, and nothing is stored: %j', async (options, message) => {
    const world = aWorld()
    const error = await refusal(world.scheduler().push('email', {}, options))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) as string })
    const [entry] = await world.scheduler().pushMany([{ name: 'email', args: {}, ...options }])
    expect(entry).toMatchObject({ status: 'rejected', error: { code: 'INVALID_ARGUMENT' } })
    expect(world.calls('enqueue')).toEqual([])
  })

  it.each([0, -1])('have an expiresAt that is after executeAt: not by %d ms', async (ms) => {
    const world = aWorld()
    const executeAt = new Date('2024-02-01T00:00:00Z')
    const expiresAt = new Date(executeAt.getTime() + ms)
    const error = await refusal(world.scheduler().pushScheduled('email', {}, { executeAt, expiresAt }))
    const message = `expiresAt must be after executeAt, got ${expiresAt.toISOString()}, which is not after 2024-02-01T00:00:00.000Z`
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message })
    const due = { executeAt, expiresAt: new Date(executeAt.getTime() + 1) }
    expect(await world.scheduler().pushScheduled('email', {}, due)).toMatchObject({ status: 'added' })
  })

  it('go to the store as what it carries out, with defaults filled in and those that change nothing left out', async () => {
    const world = aWorld()
    await world.scheduler().pushMany([
      { name: 'plain', args: {}, priority: 0 },
      { name: 'low', args: {}, priority: 1_000, expiresAt: new Date(5e12), unique: { key: 'k' } },
      { name: 'high', args: {}, priority: -1_000, unique: { key: 'k', until: { ttlMs: 1.5 }, onConflict: 'replace' } },
    ])
    const [batch] = world.calls('enqueue') as { jobs: object[] }[]
    expect(batch?.jobs[0]).not.toHaveProperty('priority')
    expect(batch?.jobs[0]).toMatchObject({ options: '' })
    expect(batch?.jobs[1]).toMatchObject({ priority: 1_000, expiresAt: 5e12, options: '' })
    expect(batch?.jobs[1]).toMatchObject({ unique: { key: 'k', until: 'finished', onConflict: 'ignore' } })
    expect(batch?.jobs[2]).toMatchObject({ unique: { key: 'k', until: { ttlMs: 2 }, onConflict: 'replace' } })
  })
})

describe('the options of a definition', () => {
  it('are those of a push that jobs of a name can share, and the push wins', async () => {
    const world = aWorld()
    const email = defineJob({ name: 'email', priority: 5, retain: { maxCount: 7 } })
    await world.scheduler().push(email, {}, { id: 'a' })
    await world.scheduler().push(email, {}, { id: 'b', priority: -5, retain: { maxCount: 3, completedMs: 9 } })
    expect(await world.memory.get({ ids: ['a', 'b'] })).toMatchObject([{ priority: 5 }, { priority: -5 }])
    const [first, second] = world.calls('enqueue') as { jobs: { retention: object }[] }[]
    expect(first?.jobs[0]?.retention).toEqual({ completedMs: 0, deadMs: 2_592_000_000, maxCount: 7 })
    expect(second?.jobs[0]?.retention).toEqual({ completedMs: 9, deadMs: 2_592_000_000, maxCount: 3 })
  })

  it.each([
    [{ unique: { key: 'k' } }, "a definition has no option 'unique'"],
    [{ expiresAt: new Date(0) }, "a definition has no option 'expiresAt'"],
    [{ priority: 5_000 }, 'priority must be a whole number from -1000 to 1000, got 5000'],
    [{ retain: { maxCount: 0 } }, 'retain.maxCount must be a whole number from 1 to 1000000, got 0'],
  ])('are refused: %j', (options, message) => {
    expect(() => defineJob({ name: 'email', ...options })).toThrow(message)
  })
})

describe('a store that does not carry out what a job can ask for', () => {
  const without = (store: Store): Store =>
    new Proxy(store, {
      get: (target, key) =>
        key === 'capabilities'
          ? ({ ...target.capabilities, jobOptions: false } satisfies Capabilities)
          : (Reflect.get(target, key) as unknown),
    })

  it.each<[string, Omit<JobEntry, 'name' | 'args'>]>([
    ['priority', { priority: 1 }],
    ['expiresAt', { expiresAt: new Date(5e12) }],
    ['unique', { unique: { key: 'k' } }],
    ['retain.maxCount', { retain: { maxCount: 5 } }],
  ])('refuses a push that asks for %s, whoever asks, and no other', async (asked, options) => {
    const world = aWorld()
    const scheduler = world.scheduler({ store: without(world.store) })
    const message = `the memory store does not carry out the option ${asked}`
    const expected = { code: 'NOT_SUPPORTED', message }
    expect(await refusal(scheduler.push('email', {}, options as object))).toMatchObject(expected)
    expect(await refusal(scheduler.pushScheduled('email', {}, { delayMs: 5, ...options } as never))).toMatchObject(
      expected,
    )
    const plain = { name: 'email', args: {}, retain: { completedMs: 5 }, priority: 0, timeoutMs: 5 }
    const outcomes = await scheduler.pushMany([{ name: 'email', args: {}, ...options } as JobEntry, plain])
    expect(outcomes).toMatchObject([{ status: 'rejected', error: expected }, { status: 'added' }])
    expect((world.calls('enqueue') as { jobs: unknown[] }[]).map(({ jobs }) => jobs.length)).toEqual([1])
  })

  it('refuses what a definition asks for as well', async () => {
    const world = aWorld()
    const scheduler = world.scheduler({ store: without(world.store) })
    const email = defineJob({ name: 'email', priority: 5 })
    expect(await refusal(scheduler.push(email, {}))).toMatchObject({ code: 'NOT_SUPPORTED' })
    expect(await scheduler.push(email, {}, { priority: 0 })).toMatchObject({ status: 'added' })
  })
})
