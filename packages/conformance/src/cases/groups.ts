import assert from 'node:assert/strict'
import { manyJobs } from '../a-job.js'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, look, promote } from '../moves.js'
import { completed, retryNow } from '../settlements.js'
import { expectServed, groupsCase, inGroup, keysOf, push, pushWeighted } from './a-grouped-job.js'

/** The order in which the groups of a name are served. */
export const groupsCases: readonly ConformanceCase[] = [
  groupsCase('fair', 'groups are served in turn, whoever pushed first and however much', async ({ store }) => {
    await push(store, 'aaaaabbbcc')
    await expectServed(store, 'abcabcabaa')
  }),

  groupsCase('fair-one-by-one', 'the turns go on from claim to claim', async ({ store }) => {
    await push(store, 'aaaaabbbcc')
    for (const keys of ['a', 'bc', 'a', 'b', 'cab', 'a', 'a']) await expectServed(store, keys)
  }),

  groupsCase('fifo', 'the jobs of a group leave in the order in which they became ready', async (context) => {
    const { store, harness } = context
    const late = inGroup('a', { delayMs: 5_000 })
    const first = inGroup('a')
    await enqueue(store, [late, first, inGroup('b')])
    await harness.advance(5_000)
    await promote(store)
    const last = inGroup('a')
    await enqueue(store, [last])
    const taken = (await claim(store)).filter(({ group }) => group?.key === 'a')
    assert.deepEqual(idsOf(taken), idsOf([first, late, last]))
  }),

  groupsCase('to-the-tail', 'a job that comes back goes to the tail of its group', async ({ store }) => {
    const [first, second] = await push(store, 'aa')
    await finish(store, await claimOne(store), retryNow)
    assert.deepEqual(idsOf(await claim(store)), [second?.id, first?.id])
  }),

  groupsCase(
    'one-round',
    'groups with one job are served within one round of one that has many (G11)',
    async ({ store }) => {
      await enqueue(
        store,
        manyJobs(500, () => ({ group: { key: 'big' } })),
      )
      await claim(store, { limit: 50 })
      const small = Array.from({ length: 20 }, (_, index) => inGroup(`small-${index}`))
      await enqueue(store, small)
      const round = await claim(store, { limit: 21 })
      assert.deepEqual(
        round.filter(({ group }) => group?.key !== 'big').map(({ id }) => id),
        idsOf(small.toSorted((one, other) => ((one.group?.key ?? '') < (other.group?.key ?? '') ? -1 : 1))),
      )
    },
  ),

  groupsCase('latecomer', 'a group that comes later is neither ahead nor behind', async ({ store }) => {
    await push(store, 'aaaaaaaa')
    await expectServed(store, 'aaaa')
    await push(store, 'bbbb')
    await expectServed(store, 'abababab')
  }),

  groupsCase('returns', 'a group that was away is not paid for it', async ({ store }) => {
    await push(store, 'aaaaaab')
    await expectServed(store, 'abaaa')
    await push(store, 'bbb')
    await expectServed(store, 'ababb')
  }),

  groupsCase('begins-anew', 'groups that have come to an end leave nothing behind', async ({ store }) => {
    await push(store, 'aaaaab')
    for (const job of await claim(store)) await finish(store, job, completed)
    await push(store, 'bbaa')
    await expectServed(store, 'abab')
  }),

  groupsCase('weights', 'a group of weight 2 is served twice for each time of one of weight 1', async ({ store }) => {
    await pushWeighted(store, 'b', 3)
    await pushWeighted(store, 'a', 6, 2)
    await expectServed(store, 'aabaabaab')
  }),

  groupsCase(
    'weights-below-one',
    'a weight may be a fraction, and of one below 1 a turn is rare',
    async ({ store }) => {
      await pushWeighted(store, 'b', 2, 0.25)
      await pushWeighted(store, 'a', 8)
      await pushWeighted(store, 'c', 13, 1.6)
      // The finish times: a 1, 2, 3 …; b 4, 8; c 0.625, 1.25, 1.875 ….
      await expectServed(store, 'caccacaccabcaccaccacabc')
    },
  ),

  groupsCase('weights-far-apart', 'the least and the greatest weight have their shares', async ({ store }) => {
    await pushWeighted(store, 'a', 300, 1_000)
    await pushWeighted(store, 'b', 2, 4.99)
    await pushWeighted(store, 'c', 1, 0.001)
    await pushWeighted(store, 'd', 2, 0.01)
    const keys = keysOf(await claim(store, { limit: 305 }))
    assert.deepEqual([keys.indexOf('b'), keys.slice(300)], [200, 'abddc'])
  }),

  groupsCase('weight-of-the-last', 'the job that became ready last says the weight of its group', async ({ store }) => {
    await push(store, 'abb')
    await pushWeighted(store, 'a', 4, 4)
    // The first turn of a stands since its first job came.
    await expectServed(store, 'abaaaab')
    await pushWeighted(store, 'a', 1, 4)
    await push(store, 'ab')
    await expectServed(store, 'aba', { limit: 100 })
  }),

  groupsCase('equal-turns', 'of two with equal turns the lower key comes first, by code points', async ({ store }) => {
    const keys = ['\u{10000}', 'a', '\uFFFD', 'B', '\u{10FFFF}', 'aa', 'é']
    await enqueue(
      store,
      keys.flatMap((key) => [inGroup(key), inGroup(key)]),
    )
    const order = ['B', 'a', 'aa', 'é', '\uFFFD', '\u{10000}', '\u{10FFFF}']
    const taken = (await claim(store)).map(({ group }) => group?.key)
    assert.deepEqual(taken, [...order, ...order])
  }),

  groupsCase('ungrouped', 'jobs without a group are served like one, ahead of its equals', async ({ store }) => {
    await push(store, 'aabb--')
    await expectServed(store, '-ab-ab')
  }),

  groupsCase('ungrouped-later', 'those that come later are neither ahead nor behind', async ({ store }) => {
    await push(store, 'aaaaaaaaaaaa')
    await expectServed(store, 'aaaa')
    await push(store, '--')
    await expectServed(store, '-a-aaaa')
    await push(store, '---')
    await expectServed(store, '-a-a-a')
  }),

  groupsCase('ungrouped-before', 'what was served without groups counts for nothing', async ({ store }) => {
    await push(store, '--------')
    await expectServed(store, '----')
    await push(store, 'aaaa')
    await expectServed(store, '-a-a-a-a')
  }),

  groupsCase(
    'ungrouped-kept',
    'a group whose jobs come one by one does not put off those without a group for ever (G11)',
    async ({ store }) => {
      await push(store, '--')
      for (let round = 0; round < 2; round++) {
        await pushWeighted(store, 'a', 1, 2)
        await expectServed(store, 'a')
        await pushWeighted(store, 'a', 1, 2)
        await expectServed(store, '-')
        await expectServed(store, 'a')
      }
    },
  ),

  groupsCase('forgets', 'once nothing is ready, those without a group begin anew as well', async ({ store }) => {
    await push(store, 'aaa---')
    assert.equal(keysOf(await claim(store, { limit: 7 })), '-a-a-a')
    await push(store, 'bbb---')
    await expectServed(store, '-b-b-b')
  }),

  groupsCase('forgets-at-a-look', 'also when the last of them has left without a claim', async ({ store }) => {
    const jobs = await push(store, 'aaaa----')
    await expectServed(store, '-a-a')
    await store.cancel({ ids: idsOf(jobs) })
    assert.deepEqual(await claim(store), [])
    await push(store, 'bbb---')
    await expectServed(store, '-b-b-b')
  }),

  groupsCase(
    'ungrouped-priority',
    'priorities are an order among those without a group',
    async ({ store }) => {
      await push(store, 'aaa')
      await enqueue(store, [inGroup('-', { priority: 5 }), inGroup('-'), inGroup('-', { priority: -5 })])
      const taken = await claim(store)
      assert.equal(keysOf(taken), '-a-a-a')
      const priorities = []
      for (const { id } of taken) priorities.push((await look(store, id)).priority)
      assert.deepEqual(
        priorities.filter((_priority, index) => index % 2 === 0),
        [-5, undefined, 5],
      )
    },
    'job-options',
  ),

  groupsCase('names-apart', 'groups of different names have nothing to do with each other', async ({ store }) => {
    await push(store, 'aaaa')
    await expectServed(store, 'aaa')
    await push(store, 'aabb', { name: 'fax' })
    await expectServed(store, 'abab', { name: 'fax' })
    await push(store, 'b')
    await expectServed(store, 'ab')
  }),

  groupsCase('many', 'a thousand groups are served one after the other, and each once a round', async ({ store }) => {
    const keys = Array.from({ length: 1_000 }, (_, index) => `group-${index}`)
    for (let round = 0; round < 2; round++) {
      await enqueue(
        store,
        keys.map((key) => inGroup(key)),
      )
    }
    for (let round = 0; round < 2; round++) {
      const taken = await claim(store, { limit: 1_000 })
      assert.deepEqual(
        taken.map(({ group }) => group?.key),
        keys.toSorted(),
      )
    }
  }),
]
