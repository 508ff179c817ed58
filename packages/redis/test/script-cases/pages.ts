import assert from 'node:assert/strict'
import {
  claim,
  gone,
  idsOf,
  kept,
  push,
  type ScriptCase,
  type ScriptCaseContext,
  scriptCase,
  settleAll,
} from './script-case.js'

/** The ids of each page, and whether the last cursor ended the list. */
async function pagesOf(
  { store }: ScriptCaseContext,
  state: 'ready' | 'active' | 'scheduled' | 'dead',
): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const page = await store.list({ name: 'email', state, limit: 2, ...(cursor !== null && { cursor }) })
    pages.push(idsOf(page.jobs))
    cursor = page.cursor
  } while (cursor !== null && pages.length < 20)
  return pages
}

/** Pages of what lies in lists and sorted sets, void tickets and other names between. */
export const pageCases: readonly ScriptCase[] = [
  scriptCase('pages/sets', 'the last page of a set has no cursor, whatever the number of jobs', async (context) => {
    const { store } = context
    const dead = { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 1_000 } as const
    const seen: string[] = []
    for (let turn = 0; turn < 6; turn++) {
      const expected: string[][] = []
      for (let i = 0; i < seen.length; i += 2) expected.push(seen.slice(i, i + 2))
      if (expected.length === 0) expected.push([])
      assert.deepEqual(await pagesOf(context, 'dead'), expected)
      await push(store, kept(`job-${turn}`))
      await settleAll(store, await claim(store), dead)
      seen.push(`job-${turn}`)
    }
  }),

  scriptCase('pages/other-names', 'jobs of other names are passed over', async (context) => {
    const { store } = context
    for (let i = 0; i < 5; i++) {
      await push(store, kept(`other-${i}`, { name: 'sms', delayMs: 1_000 }))
      await push(store, kept(`job-${i}`, { delayMs: 1_000 }))
    }
    const pages = await pagesOf(context, 'scheduled')
    assert.deepEqual(pages.flat(), ['job-0', 'job-1', 'job-2', 'job-3', 'job-4'])
  }),

  scriptCase('pages/bounded', 'a page looks at a thousand places of a set, and no further', async (context) => {
    const { store, client, key, now } = context
    const others = Array.from({ length: 1_000 }, (_, i) => [1, `a1\t0\tother-${i}\tsms`])
    await client.zadd(key('scheduled'), ...others.slice(1).flat())
    await push(store, kept('a', { executeAt: (await now()) + 1_000 }))
    assert.deepEqual(await pagesOf(context, 'scheduled'), [['a']])
    await client.zadd(key('scheduled'), ...(others[0] ?? []))
    assert.deepEqual(await pagesOf(context, 'scheduled'), [[], ['a']])
  }),

  scriptCase('pages/stale', 'a place of a job that is elsewhere or gone is not shown', async (context) => {
    const { store, client, key } = context
    await push(store, kept('a'))
    await client.zadd(key('email:dead'), 1, 'a8\tnobody')
    await client.zadd(key('email:dead'), 2, 'a9\ta')
    assert.deepEqual(await pagesOf(context, 'dead'), [[]])
  }),

  scriptCase('pages/queue', 'a page of the queue leaves out what is void or no ticket', async (context) => {
    const { store, client, key, damage } = context
    await push(store, ...['a', 'b', 'c', 'd'].map((id) => kept(id)))
    await client.lpush(key('email:ready'), 'nonsense')
    await push(store, kept('e'), kept('f'))
    await store.cancel({ ids: ['b'] })
    await store.remove({ ids: ['d'] })
    await damage('e')
    await store.reschedule({ entries: [{ id: 'c', delayMs: 0 }] })
    assert.deepEqual(await pagesOf(context, 'ready'), [['a'], [], ['e'], ['f', 'c']])
  }),

  scriptCase('pages/moving-queue', 'a page goes on where the last ended, though jobs come and go', async (context) => {
    const { store } = context
    await push(store, ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => gone(id)))
    const { cursor } = await store.list({ name: 'email', state: 'ready', limit: 2 })
    await push(store, gone('h'))
    const second = await store.list({ name: 'email', state: 'ready', limit: 1, cursor })
    assert.deepEqual(idsOf(second.jobs), ['c'])
    await claim(store, 3)
    await push(store, gone('i'))
    const page = await store.list({ name: 'email', state: 'ready', limit: 2, cursor: second.cursor })
    assert.deepEqual(idsOf(page.jobs), ['d', 'e'])
    await claim(store, 100)
    const last = await store.list({ name: 'email', state: 'ready', limit: 2, cursor: page.cursor })
    assert.deepEqual(last, { jobs: [], cursor: null })
  }),

  scriptCase('pages/oldest', 'the age is that of the first job whose ticket is not void', async (context) => {
    const { store, advance } = context
    for (const id of ['void-1', 'void-2', 'a', 'b']) {
      await push(store, gone(id))
      await advance(10)
    }
    await store.cancel({ ids: ['void-1', 'void-2'] })
    assert.equal((await store.counts({}))[0]?.oldestReadyMs, 20)
    await store.cancel({ ids: ['a'] })
    assert.equal((await store.counts({}))[0]?.oldestReadyMs, 10)
  }),

  scriptCase('pages/oldest-bounded', 'a hundred tickets are looked at for the age, and no more', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a'))
    const junk = Array.from({ length: 99 }, (_, i) => `junk-${i}`)
    await client.rpush(key('email:ready'), ...junk)
    assert.equal((await store.counts({}))[0]?.oldestReadyMs, 0)
    await client.rpush(key('email:ready'), 'one more')
    assert.equal((await store.counts({}))[0]?.oldestReadyMs, null)
  }),
]
