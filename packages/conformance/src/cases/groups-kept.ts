import assert from 'node:assert/strict'
import type { ClaimedJob, NewJob } from '@goscheds/core'
import { comeBack } from '../come-back.js'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, LEASE_MS, look, only, promote } from '../moves.js'
import { completed, dead } from '../settlements.js'
import { beginWait, soon, wakeThree } from '../waiting.js'
import { expectListed, expectServed, groupsCase, inGroup, keysOf, push } from './a-grouped-job.js'

/** What becomes of a job's group in every transition, who is woken, and what is shown of it. */
export const groupsKeptCases: readonly ConformanceCase[] = [
  ...(['retry', 'release', 'reap', 'delayed retry', 'delayed release', 'redrive', 'reschedule'] as const).map((way) =>
    groupsCase(`kept-by-${way.replace(' ', '-')}`, `after a ${way} a job is one of its group`, async (context) => {
      const { store } = context
      const job = inGroup('x', {}, 0.5)
      await enqueue(store, [job])
      await comeBack(context, way)
      assert.deepEqual((await look(store, job.id)).group, { key: 'x', weight: 0.5 })
      await push(store, 'aaa')
      await expectServed(store, 'aaxa')
    }),
  ),

  groupsCase('promoted', 'a job becomes one of its group when it is promoted, and not before', async (context) => {
    const { store, harness } = context
    await push(store, 'b', { delayMs: 60_000 })
    await push(store, 'aaaaa')
    await expectServed(store, 'aaa')
    await harness.advance(60_000)
    await promote(store)
    await expectServed(store, 'aba')
  }),

  ...(['cancel', 'remove', 'reschedule'] as const).map((method) =>
    groupsCase(`after-${method}`, `${method} takes a job out of its group, and the others stay`, async ({ store }) => {
      const jobs = await push(store, 'aaabbcdd')
      const ids = [0, 2, 5, 7].map((place) => jobs[place]?.id ?? '')
      if (method === 'reschedule') await store.reschedule({ entries: ids.map((id) => ({ id, delayMs: 60_000 })) })
      else await store[method]({ ids })
      const { ready, groups } = only(await store.counts({ names: ['email'] }))
      assert.deepEqual([ready, groups], [4, 3])
      await expectListed(store, 'abbd')
      assert.deepEqual(idsOf(await claim(store)), idsOf([1, 3, 6, 4].map((place) => jobs[place] as NewJob)))
    }),
  ),

  groupsCase('left-and-back', 'a group whose jobs were all removed comes again like a new one', async ({ store }) => {
    const [first] = await push(store, 'xaaa')
    await expectServed(store, 'a')
    await store.remove({ ids: [first?.id ?? ''] })
    await push(store, 'x')
    await expectServed(store, 'axa')
  }),

  groupsCase(
    'expired',
    'a job that expires is no turn of its group',
    async ({ store, harness }) => {
      const expiresAt = (await harness.now()) + 1_000
      const expiring = await push(store, 'acc', { expiresAt })
      await push(store, 'aabb')
      await harness.advance(1_000)
      await expectServed(store, 'abab')
      for (const { id } of expiring) assert.equal((await look(store, id)).deadReason, 'expired')
      assert.equal(only(await store.counts({ names: ['email'] })).groups, 0)
    },
    'job-options',
  ),

  groupsCase(
    'unique-replaced',
    'a job that replaces another is one of its own group',
    async ({ store }) => {
      const unique = { key: 'k', until: 'finished', onConflict: 'replace' } as const
      await enqueue(store, [inGroup('a', { unique }), inGroup('b'), inGroup('b')])
      const next = inGroup('c', { unique })
      assert.equal((await store.enqueue({ jobs: [next] }))[0]?.status, 'replaced')
      assert.equal(only(await store.counts({ names: ['email'] })).groups, 2)
      await expectServed(store, 'bcb')
    },
    'job-options',
  ),

  groupsCase(
    'unique-parked',
    'a job that waits for its key comes to its group when the key frees',
    async ({ store }) => {
      const unique = { key: 'k', until: 'finished', onConflict: 'runAgain' } as const
      await enqueue(store, [inGroup('b', { unique })])
      const holder = await claimOne(store)
      assert.equal((await store.enqueue({ jobs: [inGroup('b', { unique })] }))[0]?.status, 'queuedAgain')
      await push(store, 'aaaa')
      await expectServed(store, 'aa')
      await finish(store, holder, completed)
      await expectServed(store, 'aba')
    },
    'job-options',
  ),

  groupsCase('shown', 'a job shows its group as it was given, in every state', async ({ store }) => {
    for (const group of [{ key: 'a' }, { key: 'b', weight: 1 }, { key: 'c', weight: 0.001 }, { key: '"\\ é|,:' }]) {
      const job = inGroup('-', { group })
      await enqueue(store, [job])
      assert.deepEqual((await look(store, job.id)).group, group)
      assert.deepEqual(only((await store.list({ name: 'email', state: 'ready', limit: 10 })).jobs).group, group)
      const lease: ClaimedJob = await claimOne(store)
      assert.deepEqual([lease.group, (await look(store, job.id)).group], [group, group])
      await finish(store, lease, { ...dead, retentionMs: LEASE_MS })
      assert.deepEqual((await look(store, job.id)).group, group)
      const [listed] = (await store.list({ name: 'email', state: 'dead', limit: 10 })).jobs
      assert.deepEqual(listed?.group, group)
      await store.remove({ ids: [job.id] })
    }
    const plain = inGroup('-')
    await enqueue(store, [plain])
    assert.equal((await look(store, plain.id)).group, undefined)
    assert.equal((await claimOne(store)).group, undefined)
  }),

  groupsCase('counted', 'groups are counted that have ready jobs, and all ready jobs are', async ({ store }) => {
    const counts = async (): Promise<readonly number[]> => {
      const { ready, groups } = only(await store.counts({ names: ['email'] }))
      return [ready, groups]
    }
    assert.deepEqual(await counts(), [0, 0])
    await push(store, 'c', { delayMs: 60_000 })
    await push(store, '--')
    assert.deepEqual(await counts(), [2, 0])
    await push(store, 'aab')
    assert.deepEqual(await counts(), [5, 2])
    await expectServed(store, '-ab')
    assert.deepEqual(await counts(), [2, 1])
    await expectServed(store, '-a')
    assert.deepEqual(await counts(), [0, 0])
  }),

  groupsCase(
    'oldest',
    'the longest wait of those that head a priority and the group next in turn is told',
    async ({ store, harness }) => {
      const oldest = async (): Promise<number | null> => only(await store.counts({ names: ['email'] })).oldestReadyMs
      await push(store, 'b')
      await harness.advance(1_000)
      await push(store, 'aa')
      await harness.advance(1_000)
      assert.equal(await oldest(), 1_000, 'of a')
      await expectServed(store, 'a')
      assert.equal(await oldest(), 2_000, 'of b')
      await push(store, '-')
      await expectServed(store, 'b-')
      await push(store, '-')
      await harness.advance(500)
      assert.equal(await oldest(), 1_500, 'of a again')
      await expectServed(store, 'a-', { limit: 100 })
      assert.equal(await oldest(), null)
      await push(store, '-')
      await harness.advance(100)
      await push(store, 'a')
      await harness.advance(100)
      assert.equal(await oldest(), 200, 'of the one without a group')
    },
    'still-clock',
  ),

  groupsCase(
    'listed',
    'those of groups are listed behind the others, in the order of the groups',
    async ({ store }) => {
      await push(store, 'bbaa--c')
      await expectListed(store, '--aabbc')
      await expectServed(store, '-a')
      await expectListed(store, '-bbca')
      await expectServed(store, 'b')
      await expectListed(store, '-cab')
      await push(store, 'd')
      await expectListed(store, '-cabd')
    },
  ),

  groupsCase('listed-fifo', 'within a group they are listed in their order', async ({ store }) => {
    const jobs = await push(store, 'babab')
    const { jobs: listed } = await store.list({ name: 'email', state: 'ready', limit: 100 })
    assert.deepEqual(idsOf(listed), idsOf([1, 3, 0, 2, 4].map((place) => jobs[place] as NewJob)))
  }),

  groupsCase('wakes', 'a job of a group wakes who waits', async (context) => {
    const { store } = context
    const wait = await beginWait(store)
    await push(store, 'a')
    await soon(context, 'the wait', wait.returned)
    await expectServed(store, 'a')
  }),

  groupsCase('wakes-each', 'each of several jobs wakes one who waits, sooner or later', async (context) => {
    const { store } = context
    const ids = new Set<string>()
    await wakeThree(
      context,
      () => push(store, 'aab'),
      async (worker) => void ids.add((await claimOne(store, { worker })).id),
    )
    assert.equal(ids.size, 3)
  }),

  groupsCase('does-not-wait', 'who finds a job of a group does not wait', async (context) => {
    const { store } = context
    await push(store, 'aa')
    await soon(context, 'the wait', (await beginWait(store)).returned)
    await expectServed(store, 'a')
    await soon(context, 'the wait for what is left', (await beginWait(store)).returned)
  }),

  groupsCase(
    'not-stranded',
    'what a wait was woken for is there for others when its worker leaves',
    async (context) => {
      const { store } = context
      const wait = await beginWait(store)
      await push(store, 'ba')
      await soon(context, 'the wait', wait.returned)
      await store.leave({ worker: 'worker-a' })
      assert.equal(keysOf(await claim(store, { worker: 'worker-b' })), 'ab')
    },
  ),
]
