import assert from 'node:assert/strict'
import type { ClaimedJob, ClaimResult } from '@goscheds/core'
import { HOUR } from '../a-job.js'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, LEASE_MS, leaseOf, only, reap } from '../moves.js'
import { completed, everyEnd, retryInAMinute, retryNow } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'
import { expectListed, expectServed, groupsCase, inGroup, keysOf, push } from './a-grouped-job.js'
import { leaseOfGroup, limitedCase, limitGroups } from './a-limited-group.js'
import { claimOnce, limit } from './a-limited-name.js'

/** What each group of a name is held to: how many of its jobs may be active. */
export const groupsLimitsCases: readonly ConformanceCase[] = [
  limitedCase('concurrency', 'no more jobs of a group are active than it says, and others go on', async ({ store }) => {
    await limitGroups(store, { concurrency: 2 })
    await push(store, 'aaaabbb')
    assert.equal(keysOf((await claimOnce(store)).jobs), 'abab')
    for (const worker of ['worker-a', 'worker-b']) {
      assert.deepEqual(await claimOnce(store, { worker }), { jobs: [], more: false, setAside: true })
    }
    await push(store, 'cccbb')
    await expectServed(store, 'cc', { worker: 'worker-b', limit: 100 })
  }),

  limitedCase('concurrency-one-by-one', 'it is so from claim to claim', async ({ store }) => {
    await limitGroups(store, { concurrency: 1 })
    await push(store, 'aaabb')
    for (const keys of ['a', 'b', '']) await expectServed(store, keys, { limit: 1 })
  }),

  limitedCase('of-groups-only', 'jobs without a group are held to none of it', async ({ store }) => {
    await limitGroups(store, { concurrency: 1, rate: { limit: 1, perMs: HOUR, burst: 1 } })
    await push(store, '----aa')
    await expectServed(store, '-a---', { limit: 100 })
  }),

  limitedCase('limits-of-names-apart', 'a group of another name is another group', async ({ store }) => {
    await limitGroups(store, { concurrency: 1 })
    await store.setLimits({ name: 'fax', limits: { perGroup: { concurrency: 2 } } })
    for (const name of ['email', 'fax', 'sms']) await push(store, 'aaaa', { name })
    await expectServed(store, 'aaaa', { name: 'sms', limit: 100 })
    await expectServed(store, 'aa', { name: 'fax', limit: 100 })
    await expectServed(store, 'a', { limit: 100 })
  }),

  ...Object.entries(everyEnd).map(([way, settlement]) =>
    limitedCase(
      `freed-by-${way.replaceAll(' ', '-')}`,
      `a group is able again when its job ends as ${way}`,
      async (c) => {
        const { store } = c
        await limitGroups(store, { concurrency: 1 })
        const [, second] = await push(store, 'aa')
        const lease = await claimOne(store)
        await expectServed(store, '', { limit: 1 })
        await finish(store, lease, settlement)
        assert.deepEqual(idsOf(await claim(store)), [second?.id])
      },
    ),
  ),

  limitedCase('freed-by-cancel-request', 'so it is when its job was to be cancelled, and fails', async ({ store }) => {
    await limitGroups(store, { concurrency: 1 })
    const [first, second] = await push(store, 'aa')
    const lease = await claimOne(store)
    await store.cancel({ ids: [first?.id ?? ''] })
    await finish(store, lease, retryNow)
    assert.deepEqual(idsOf(await claim(store)), [second?.id])
  }),

  limitedCase(
    'crash-leaks-nothing',
    'a job whose lease has run out counts in its group until it is reaped, and no longer',
    async ({ store, harness }) => {
      await limitGroups(store, { concurrency: 1 })
      const [first, second] = await push(store, 'aab')
      await expectServed(store, 'ab', { limit: 100 })
      await harness.advance(10 * LEASE_MS)
      await expectServed(store, '', { limit: 1 })
      await reap(store)
      const taken = await claim(store)
      assert.deepEqual(idsOf(taken.filter(({ group }) => group?.key === 'a')), [second?.id])
      await harness.advance(LEASE_MS)
      assert.equal((await reap(store, 0)).length, 2)
      assert.deepEqual(idsOf(await claim(store)), [first?.id], 'the one of b has no recovery left')
    },
  ),

  limitedCase('repeated-settle', 'a settlement that is repeated frees one place, and no more', async ({ store }) => {
    await limitGroups(store, { concurrency: 2 })
    await push(store, 'aaaaa')
    const [first] = await claim(store)
    for (let time = 0; time < 3; time++) {
      await store.settle({ entries: [{ lease: leaseOf(first as ClaimedJob), settlement: completed }] })
    }
    await expectServed(store, 'a', { limit: 100 })
  }),

  limitedCase(
    'set-aside-told',
    'a claim that brings less than it asked for tells whether groups with ready jobs are set aside',
    async ({ store }) => {
      await limit(store, { concurrency: 4, perGroup: { concurrency: 1 } })
      const expectAside = async (count: number, most: number, setAside: true | undefined): Promise<ClaimResult> => {
        const result = await claimOnce(store, { limit: most })
        assert.deepEqual([result.jobs.length, result.setAside], [count, setAside])
        return result
      }
      await push(store, 'aab')
      await expectAside(1, 1, undefined)
      const { jobs } = await expectAside(1, 2, true)
      await expectAside(0, 2, true)
      for (const job of jobs) await finish(store, job, completed)
      await finish(store, await leaseOfGroup(store, 'a'), completed)
      await expectAside(1, 2, undefined)
      await push(store, 'abcd')
      const held = await expectAside(3, 100, undefined)
      assert.equal(held.held, 'concurrency')
    },
  ),

  limitedCase('no-scan', 'what waits behind a limit costs a claim nothing', async ({ store }) => {
    await limitGroups(store, { concurrency: 1 })
    for (const key of ['a', 'b', 'c']) {
      await enqueue(
        store,
        Array.from({ length: 700 }, () => inGroup(key)),
      )
    }
    await expectServed(store, 'abc')
    const worker = 'worker-b'
    assert.deepEqual(await claimOnce(store, { worker, limit: 1 }), { jobs: [], more: false, setAside: true })
    await push(store, 'd')
    const { jobs } = await claimOnce(store, { worker, limit: 1 })
    assert.equal(keysOf(jobs), 'd', 'in one call')
  }),

  limitedCase('many-set-aside', 'a group is found behind any number that are at their limits', async ({ store }) => {
    await limitGroups(store, { concurrency: 1 })
    const keys = Array.from({ length: 500 }, (_, index) => `group-${index}`)
    for (let round = 0; round < 2; round++) {
      await enqueue(
        store,
        keys.map((key) => inGroup(key)),
      )
    }
    const taken = await claim(store, { limit: 500 })
    assert.equal(taken.length, 500)
    await push(store, 'z')
    await expectServed(store, 'z', { limit: 10 })
    await finish(store, taken[250] as ClaimedJob, completed)
    const [next] = await claim(store)
    assert.equal(next?.group?.key, taken[250]?.group?.key)
  }),

  limitedCase(
    'set-aside-and-back',
    'a group that is able again has neither lost nor saved turns',
    async ({ store }) => {
      await limitGroups(store, { concurrency: 1 })
      await push(store, 'aa----------')
      await expectServed(store, '-a---')
      await finish(store, await leaseOfGroup(store, 'a'), completed)
      await expectServed(store, '-a-')
    },
  ),

  limitedCase('no-turn', 'a group that is set aside when its turn comes has had none', async ({ store }) => {
    await limitGroups(store, { concurrency: 1 })
    await push(store, 'a')
    const lease = await claimOne(store)
    await push(store, 'abbd-')
    const { jobs } = await claimOnce(store, { limit: 3 })
    assert.equal(keysOf(jobs), '-bd', 'in one call')
    await expectListed(store, 'ab')
    await finish(store, lease, completed)
    await expectServed(store, 'a')
  }),

  limitedCase('listed-set-aside', 'groups that are set aside are listed last, by key', async ({ store }) => {
    await limitGroups(store, { concurrency: 1 })
    await push(store, 'bbaac')
    await expectListed(store, 'aabbc')
    await expectServed(store, 'ab')
    await expectListed(store, 'cab')
    await push(store, 'd-')
    await expectListed(store, '-cdab')
  }),

  groupsCase(
    'counted-set-aside',
    'groups that are set aside count, and of them no oldest job is told',
    async ({ store, harness }) => {
      await limitGroups(store, { concurrency: 1 })
      await push(store, 'aabb')
      await expectServed(store, 'ab')
      await harness.advance(1_000)
      const counts = only(await store.counts({ names: ['email'] }))
      assert.deepEqual([counts.ready, counts.groups, counts.oldestReadyMs], [2, 2, null])
      await push(store, 'c')
      await harness.advance(500)
      assert.equal(only(await store.counts({ names: ['email'] })).oldestReadyMs, 500)
    },
    'limits',
    'still-clock',
  ),

  limitedCase('limits-set-later', 'what a group was running before the limit counts', async ({ store }) => {
    await push(store, 'aaaab')
    await expectServed(store, 'aba')
    await limitGroups(store, { concurrency: 2 })
    await expectServed(store, '', { limit: 1 })
    await finish(store, await leaseOfGroup(store, 'a'), completed)
    await expectServed(store, 'a', { limit: 100 })
  }),

  limitedCase('limits-change', 'what is active stays when the limit changes, and counts', async ({ store }) => {
    await limitGroups(store, { concurrency: 3 })
    await push(store, 'aaaaaaaa')
    await expectServed(store, 'aaa', { limit: 100 })
    await limitGroups(store, { concurrency: 2 })
    for (const served of ['', 'a']) {
      await finish(store, await leaseOfGroup(store, 'a'), completed)
      await expectServed(store, served, { limit: 100 })
    }
    await limitGroups(store, { concurrency: 4 })
    await expectServed(store, 'aa', { limit: 100 })
    await store.setLimits({ name: 'email', limits: null })
    await expectServed(store, 'aa', { limit: 100 })
  }),

  limitedCase('under-the-name', 'the limit of the name is shared fairly among groups', async ({ store }) => {
    await limit(store, { concurrency: 2, perGroup: { concurrency: 2 } })
    await push(store, 'aaaabb')
    const order = []
    for (let turn = 0; turn < 3; turn++) {
      const { jobs, held } = await claimOnce(store)
      assert.equal(held, 'concurrency')
      order.push(...jobs)
      for (const job of jobs) await finish(store, job, completed)
    }
    assert.equal(keysOf(order), 'ababaa')
  }),

  limitedCase(
    'expired-limits',
    'a job that expires takes no place and no token of its group',
    async (context) => {
      const { store, harness } = context
      await limitGroups(store, { concurrency: 1, rate: { limit: 1, perMs: HOUR, burst: 1 } })
      await push(store, 'aaa', { expiresAt: (await harness.now()) + 1_000 })
      const live = inGroup('a')
      await enqueue(store, [live])
      await harness.advance(1_000)
      assert.deepEqual(idsOf(await claim(store)), [live.id])
    },
    'job-options',
  ),

  limitedCase('wakes-when-able', 'a group that is able again wakes one who waits', async (context) => {
    const { store } = context
    await limitGroups(store, { concurrency: 1 })
    await push(store, 'aaa')
    const worker = 'worker-b'
    for (const settlement of [completed, retryInAMinute]) {
      const lease = await claimOne(store, { worker })
      const wait = await beginWait(store)
      await finish(store, lease, settlement)
      await soon(context, 'the wait', wait.returned)
    }
    await expectServed(store, 'a')
  }),
]
