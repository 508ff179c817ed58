import assert from 'node:assert/strict'
import {
  claim,
  gone,
  idsOf,
  kept,
  push,
  popped,
  type ScriptCase,
  type ScriptCaseContext,
  scriptCase,
  scoresOf,
} from './script-case.js'

const MINUTE = 60_000

async function inboxesOf({ client, key }: ScriptCaseContext, ...workers: readonly string[]): Promise<string[][]> {
  return await Promise.all(workers.map((worker) => client.lrange(key(`email:inbox:${worker}`), 0, -1)))
}

/** What BLMOVE has handed to a worker and no claim has leased yet. */
export const inboxCases: readonly ScriptCase[] = [
  scriptCase(
    'inbox/leave',
    'a worker that leaves gives back all it had popped, and only that, in order',
    async (context) => {
      const { store, client, key } = context
      await push(store, ...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => gone(id)))
      await popped(context, 'worker-a', 3)
      await popped(context, 'worker-b')
      await client.lpush(key('sms:inbox:worker-a'), 'its other inbox')
      await client.zadd(key('inboxes'), 1, 'sms\tworker-a', 2, 'zzz\tworker-z')
      await store.leave({ worker: 'worker-a' })
      assert.deepEqual(await inboxesOf(context, 'worker-a'), [[]])
      assert.equal((await inboxesOf(context, 'worker-b'))[0]?.length, 1)
      assert.deepEqual(await client.lrange(key('sms:ready'), 0, -1), ['its other inbox'])
      assert.deepEqual(idsOf(await claim(store, 10, 'worker-c')), ['a', 'b', 'c', 'e', 'f'])
    },
  ),

  scriptCase(
    'inbox/sign-off',
    'a worker that leaves is forgotten, and its report with it',
    async ({ store, client, key }) => {
      for (const worker of ['worker-a', 'worker-b'])
        await store.heartbeat({ report: { worker, lanes: [] }, ttlMs: MINUTE })
      await store.leave({ worker: 'worker-a' })
      assert.deepEqual(await client.zrange(key('workers'), '0', '-1'), ['worker-b'])
      assert.deepEqual(await client.hkeys(key('worker-reports')), ['worker-b'])
    },
  ),

  scriptCase('inbox/reap', 'those of vanished workers are given back from their deadline on', async (context) => {
    const { store, advance } = context
    await push(store, ...['a', 'b', 'c', 'd'].map((id) => gone(id)))
    await popped(context, 'worker-a', 2)
    await popped(context, 'worker-b')
    await advance(MINUTE - 1)
    assert.equal((await store.reap({ limit: 10, maxRecoveries: 3 })).returned, 0)
    await advance(1)
    assert.equal((await store.reap({ limit: 10, maxRecoveries: 3 })).returned, 3)
    const ids = idsOf(await claim(store, 10, 'worker-c'))
    assert.deepEqual([...ids].sort(), ['a', 'b', 'c', 'd'])
    assert.equal(ids[3], 'd')
  }),

  scriptCase(
    'inbox/forgotten',
    'one is looked at for ten minutes after its deadline, and then forgotten',
    async (context) => {
      const { store, advance, now, client, key } = context
      await push(store, gone('a'))
      await popped(context, 'worker-a')
      const deadline = (await now()) + MINUTE
      await client.zadd(key('inboxes'), deadline + 20 * MINUTE, 'email\tworker-b')
      await advance(MINUTE + 10 * MINUTE - 1)
      assert.equal((await store.reap({ limit: 10, maxRecoveries: 3 })).returned, 1)
      assert.equal((await scoresOf(context, 'inboxes'))['email\tworker-a'], deadline)
      await advance(1)
      await store.reap({ limit: 10, maxRecoveries: 3 })
      assert.deepEqual(await client.zrange(key('inboxes'), '0', '-1'), ['email\tworker-b'])
    },
  ),

  scriptCase('inbox/wake', 'only what fills an empty queue is told to those that wait for it', async (context) => {
    const { store, client, key } = context
    const heard: string[] = []
    const listener = client.duplicate()
    try {
      listener.on('message', (_channel: string, message: string) => heard.push(message))
      await listener.subscribe(key('email:ready'))
      const told = async (count: number): Promise<void> => {
        // A message of our own comes behind all that the scripts have sent.
        await client.publish(key('email:ready'), 'end')
        while (!heard.includes('end')) await new Promise((resolve) => setImmediate(resolve))
        assert.equal(heard.splice(0).length, count + 1)
      }
      await push(store, gone('a'))
      await told(1)
      await push(store, gone('b'))
      await told(0)
      await popped(context, 'worker-a')
      await store.leave({ worker: 'worker-a' })
      await told(0)
      await popped(context, 'worker-a', 2)
      await store.leave({ worker: 'worker-a' })
      await told(1)
      await store.leave({ worker: 'worker-a' })
      await told(0)
    } finally {
      listener.disconnect()
    }
  }),

  scriptCase(
    'inbox/hint',
    'a batch whose earliest job is the earliest of all is told, another is not',
    async (context) => {
      const { store, client, key } = context
      const heard: string[] = []
      const listener = client.duplicate()
      try {
        listener.on('message', (_channel: string, message: string) => heard.push(message))
        await listener.subscribe(key('hints'))
        await push(store, gone('later', { delayMs: 3_000 }), gone('sooner', { delayMs: 2_000 }))
        await push(store, gone('last', { delayMs: 4_000 }), gone('last-but-one', { delayMs: 3_500 }))
        await push(store, gone('first', { delayMs: 1_000 }), gone('second', { delayMs: 1_500 }))
        await client.publish(key('hints'), 'end')
        while (!heard.includes('end')) await new Promise((resolve) => setImmediate(resolve))
        assert.deepEqual(heard, ['due', 'due', 'end'])
      } finally {
        listener.disconnect()
      }
    },
  ),

  scriptCase('inbox/nothing-to-wait-for', 'a wait with a full inbox returns at once', async (context) => {
    const { store } = context
    await push(store, gone('a'), gone('b'))
    await popped(context, 'worker-a', 2)
    const controller = new AbortController()
    const began = performance.now()
    await store.waitForReady({ name: 'email', worker: 'worker-a', timeoutMs: 10_000, signal: controller.signal })
    controller.abort()
    assert.ok(performance.now() - began < 5_000, 'it waited')
  }),

  scriptCase('inbox/listed', 'what was popped stands before the head of the queue, and is counted', async (context) => {
    const { store, advance } = context
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    for (const id of ids) {
      await push(store, kept(id))
      await advance(10)
    }
    await popped(context, 'worker-b', 2)
    await popped(context, 'worker-a')
    await popped(context, 'worker-c', 2)
    const page = await store.list({ name: 'email', state: 'ready', limit: 6 })
    assert.deepEqual(idsOf(page.jobs), ['c', 'a', 'b', 'd', 'e', 'f'])
    assert.notEqual(page.cursor, null)
    const rest = await store.list({ name: 'email', state: 'ready', limit: 6, cursor: page.cursor })
    assert.deepEqual([idsOf(rest.jobs), rest.cursor], [['g'], null])
    for (let limit = 1; limit < 6; limit++) {
      const { jobs } = await store.list({ name: 'email', state: 'ready', limit })
      assert.deepEqual(idsOf(jobs), ['c', 'a', 'b', 'd', 'e'].slice(0, limit))
    }
    const [counts] = await store.counts({})
    assert.deepEqual([counts?.ready, counts?.oldestReadyMs], [7, 70])
    assert.deepEqual((await store.list({ name: 'sms', state: 'ready', limit: 6 })).jobs, [])
  }),

  scriptCase('inbox/registered-and-empty', 'an inbox that holds nothing does not hide the head', async (context) => {
    const { store, advance } = context
    await push(store, gone('a'), gone('b'))
    await advance(10)
    await popped(context, 'worker-a')
    await popped(context, 'worker-b', 0)
    assert.deepEqual(idsOf(await claim(store, 1, 'worker-a')), ['a'])
    const [counts] = await store.counts({})
    assert.deepEqual([counts?.ready, counts?.oldestReadyMs], [1, 10])
  }),
]
