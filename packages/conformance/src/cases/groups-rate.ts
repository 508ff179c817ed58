import assert from 'node:assert/strict'
import { HOUR } from '../a-job.js'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, finish } from '../moves.js'
import { completed, releasedNow } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'
import { expectListed, expectServed, keysOf, push } from './a-grouped-job.js'
import { claimOnce, expectClaim, expectHeldFor, limit } from './a-limited-name.js'
import { limitedCase, limitGroups } from './a-limited-group.js'

const twoAtOnce = { limit: 2, perMs: 2 * HOUR, burst: 2 }
const oneAnHour = { limit: 1, perMs: HOUR, burst: 1 }

/** The buckets of groups. */
export const groupsRateCases: readonly ConformanceCase[] = [
  limitedCase(
    'rate',
    'each group has a bucket of its own, and a group without a token is set aside',
    async (context) => {
      const { store, harness } = context
      await limitGroups(store, { rate: twoAtOnce })
      await push(store, 'aaaabbb')
      const result = await expectClaim(store, 4, undefined)
      assert.equal(keysOf(result.jobs), 'abab')
      expectHeldFor(context, result, HOUR)
      expectHeldFor(context, await expectClaim(store, 0, undefined), HOUR)
      await push(store, 'ccc')
      await expectServed(store, 'cc', { limit: 100 })
      await harness.advance(HOUR)
      await expectServed(store, 'abc', { limit: 100 })
      await harness.advance(2 * HOUR)
      await expectServed(store, 'a', { limit: 100 })
    },
  ),

  limitedCase(
    'rate-exactly',
    'a group is able again when its bucket has a token, and not a millisecond earlier',
    async (context) => {
      const { store, harness } = context
      await limitGroups(store, { rate: { limit: 4, perMs: 1_000, burst: 1 } })
      await push(store, 'aaaa')
      expectHeldFor(context, await expectClaim(store, 1, undefined), 250)
      for (let token = 0; token < 3; token++) {
        await harness.advance(249)
        expectHeldFor(context, await expectClaim(store, 0, undefined), 1)
        await harness.advance(1)
        expectHeldFor(context, await expectClaim(store, 1, undefined), token < 2 ? 250 : undefined)
      }
    },
    'still-clock',
  ),

  limitedCase('rate-held-for', 'a claim tells the first time at which a group is able again', async (context) => {
    const { store, harness } = context
    await limitGroups(store, { rate: oneAnHour })
    await push(store, 'bb')
    expectHeldFor(context, await expectClaim(store, 1, undefined), HOUR)
    await harness.advance(HOUR / 2)
    await push(store, 'aa')
    expectHeldFor(context, await expectClaim(store, 1, undefined), HOUR / 2, 'of b')
    await harness.advance(HOUR / 2)
    const result = await expectClaim(store, 1, undefined)
    assert.equal(keysOf(result.jobs), 'b')
    expectHeldFor(context, result, HOUR / 2, 'of a')
  }),

  limitedCase(
    'rate-held-for-nobody',
    'a claim that its limit ends tells no time, nor one that leaves none',
    async (context) => {
      const { store } = context
      await limitGroups(store, { rate: oneAnHour })
      await push(store, 'aa-')
      expectHeldFor(context, await expectClaim(store, 2, undefined, { limit: 2 }), undefined)
      expectHeldFor(context, await expectClaim(store, 0, undefined), HOUR)
      await push(store, 'b', { name: 'fax' })
      await store.setLimits({ name: 'fax', limits: { perGroup: { rate: oneAnHour } } })
      expectHeldFor(context, await expectClaim(store, 1, undefined, { name: 'fax' }), undefined)
      expectHeldFor(context, await expectClaim(store, 0, undefined, { name: 'fax' }), undefined)
    },
  ),

  limitedCase(
    'rate-woken',
    'a claim that is given all it asked for wakes who can wait until a group has a token',
    async (context) => {
      const { store, harness } = context
      await limitGroups(store, { rate: { limit: 1, perMs: 1_000, burst: 1 } })
      await push(store, 'aaa')
      await expectClaim(store, 1, undefined, { limit: 1 })
      const other = { worker: 'worker-b' }
      await expectClaim(store, 0, undefined, other)
      const wait = await beginWait(store, other)
      await harness.advance(1_000)
      await expectClaim(store, 1, undefined, { limit: 1 })
      await soon(context, 'the return of the wait', wait.returned)
      expectHeldFor(context, await expectClaim(store, 0, undefined, other), 1_000)
    },
  ),

  limitedCase('rate-held-name', 'what holds the name is told before what holds a group', async (context) => {
    const { store } = context
    await limit(store, { rate: { limit: 1, perMs: 3 * HOUR, burst: 2 }, perGroup: { rate: oneAnHour } })
    await push(store, 'aabb')
    expectHeldFor(context, await expectClaim(store, 2, 'rate'), 3 * HOUR)
    await limit(store, { concurrency: 2, perGroup: { rate: oneAnHour } })
    expectHeldFor(context, await expectClaim(store, 0, 'concurrency'), undefined)
  }),

  limitedCase(
    'rate-back',
    'a group that has a token again has neither lost nor saved turns',
    async ({ store, harness }) => {
      await limitGroups(store, { rate: oneAnHour })
      await push(store, 'aa----------')
      await expectServed(store, '-a---')
      await harness.advance(HOUR)
      await expectServed(store, '-a-')
    },
  ),

  limitedCase('rate-each-claim', 'a job that comes back takes a token again', async ({ store }) => {
    await limitGroups(store, { rate: { limit: 1, perMs: HOUR, burst: 2 } })
    await push(store, 'a')
    for (let time = 0; time < 2; time++) await finish(store, await claimOne(store), releasedNow)
    await expectServed(store, '', { limit: 1 })
  }),

  limitedCase(
    'bucket-outlives',
    'the bucket of a group is kept until it is full, whatever else of it is gone',
    async (c) => {
      const { store, harness } = c
      await limitGroups(store, { rate: twoAtOnce })
      await push(store, 'aa')
      for (const job of await claim(store)) await finish(store, job, completed)
      await push(store, 'aaaa')
      expectHeldFor(c, await expectClaim(store, 0, undefined), HOUR)
      await harness.advance(HOUR)
      await expectServed(store, 'a', { limit: 100 })
      await harness.advance(10 * HOUR)
      await expectServed(store, 'aa', { limit: 100 })
    },
  ),

  limitedCase(
    'rate-and-concurrency',
    'a group that is at both waits for its job first, and then for its token',
    async (context) => {
      const { store, harness } = context
      await limitGroups(store, { concurrency: 1, rate: oneAnHour })
      await push(store, 'aa')
      const result = await claimOnce(store)
      expectHeldFor(context, result, undefined)
      await harness.advance(HOUR / 2)
      expectHeldFor(context, await expectClaim(store, 0, undefined), undefined)
      for (const job of result.jobs) await finish(store, job, completed)
      expectHeldFor(context, await expectClaim(store, 0, undefined), HOUR / 2)
      await harness.advance(HOUR / 2)
      await expectServed(store, 'a')
    },
  ),

  limitedCase('after-new-limits', 'new limits make every group able again that was set aside', async (context) => {
    const { store } = context
    await limitGroups(store, { concurrency: 1, rate: oneAnHour })
    await push(store, 'aaabbb')
    await expectServed(store, 'ab', { limit: 100 })
    await limitGroups(store, { concurrency: 2 })
    await expectServed(store, 'ab', { limit: 100 })
    await limitGroups(store, { concurrency: 2, rate: oneAnHour })
    expectHeldFor(context, await expectClaim(store, 0, undefined), undefined)
    await store.setLimits({ name: 'email', limits: null })
    await expectServed(store, 'ab', { limit: 100 })
  }),

  limitedCase('rate-not-refilled', 'limits that are set again do not fill the buckets of groups', async (context) => {
    const { store } = context
    for (let time = 0; time < 3; time++) {
      await limitGroups(store, { rate: oneAnHour })
      if (time === 0) await push(store, 'aaa')
      expectHeldFor(context, await expectClaim(store, time === 0 ? 1 : 0, undefined), HOUR)
    }
  }),

  limitedCase(
    'rate-never-emptier',
    'a bucket of a group never lacks more than all that it can hold',
    async (context) => {
      const { store, harness } = context
      await limitGroups(store, { rate: oneAnHour })
      await push(store, 'aaa')
      await expectServed(store, 'a', { limit: 100 })
      await limitGroups(store, { rate: { limit: 1, perMs: 10_000, burst: 1 } })
      expectHeldFor(context, await expectClaim(store, 0, undefined), 10_000)
      await harness.advance(10_000)
      expectHeldFor(context, await expectClaim(store, 1, undefined), 10_000)
    },
  ),

  limitedCase(
    'listed-by-time',
    'groups that wait for a token are listed by its time, before others',
    async ({ store, harness }) => {
      await limitGroups(store, { rate: oneAnHour })
      await push(store, 'cc')
      await expectServed(store, 'c', { limit: 100 })
      await harness.advance(60_000)
      await push(store, 'bbddaa')
      await expectServed(store, 'abd', { limit: 100 })
      await expectListed(store, 'cabd')
      await push(store, 'e-')
      await expectListed(store, '-ecabd')
    },
  ),

  limitedCase(
    'listed-both',
    'behind those that wait for a token come those that wait for a job',
    async ({ store, harness }) => {
      await limitGroups(store, { concurrency: 1, rate: { limit: 1, perMs: HOUR, burst: 2 } })
      await push(store, 'bbbaa')
      const taken = await claim(store)
      assert.equal(keysOf(taken), 'ab')
      await harness.advance(1_000)
      for (const job of taken.slice(1)) await finish(store, job, completed)
      for (const job of await claim(store)) await finish(store, job, completed)
      await expectServed(store, '', { limit: 1 })
      await expectListed(store, 'ba')
    },
  ),
]
