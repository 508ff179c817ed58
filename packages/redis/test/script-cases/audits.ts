import assert from 'node:assert/strict'
import { type AuditPage, type AuditSuspect, Inspector } from '@goscheds/core'
import {
  claim,
  gone,
  HOUR,
  kept,
  popped,
  push,
  type ScriptCase,
  type ScriptCaseContext,
  scriptCase,
  settleAll,
} from './script-case.js'

const NAMES = ['chat', 'email', 'sms']
const LIMITS = [1, 2, 3, 7, 1_000]

/** Of each name a job in each state, named after both: `email-dead`. The inbox of `worker-a` holds `…-popped`. */
async function jobsInEachState({ store, client, key }: ScriptCaseContext): Promise<void> {
  for (const name of NAMES) {
    const at = (...states: readonly string[]): Promise<void> =>
      push(store, ...states.map((state) => kept(`${name}-${state}`, { name })))
    await at('completed', 'dead', 'cancelled', 'active')
    const [completed, dead, cancelled] = await claim(store, 4, 'worker-a', name)
    assert.ok(completed && dead && cancelled)
    await settleAll(store, [completed], { type: 'completed', retentionMs: HOUR, result: 'r' })
    await settleAll(store, [dead], { type: 'dead', reason: 'attempts', error: 'no', retentionMs: HOUR })
    await settleAll(store, [cancelled], { type: 'cancelled', retentionMs: HOUR })
    await at('popped')
    await client.zadd(key('inboxes'), 1, `${name}\tworker-a`, 2, `${name}\tworker-b`)
    await client.lmove(key(`${name}:ready`), key(`${name}:inbox:worker-a`), 'RIGHT', 'LEFT')
    await at('ready', 'void-1', 'void-2')
    await store.cancel({ ids: [`${name}-void-1`] })
    await store.remove({ ids: [`${name}-void-2`] })
    for (const id of ['scheduled', 'later']) await push(store, kept(`${name}-${id}`, { name, delayMs: HOUR }))
    await store.cancel({ ids: [`${name}-active`] })
  }
}

async function pagesOf({ store }: ScriptCaseContext, limit: number): Promise<AuditPage[]> {
  const pages: AuditPage[] = []
  let cursor: string | null = null
  do {
    const page: AuditPage = await store.audit({ limit, cursor })
    pages.push(page)
    cursor = page.cursor
  } while (cursor !== null && pages.length < 2_000)
  return pages
}

async function found({ store }: ScriptCaseContext, limit: number): Promise<string[]> {
  const { findings } = await new Inspector({ store }).verify({ limit })
  return findings.map(({ kind, id, name, message }) => `${kind} | ${id ?? ''} | ${name ?? ''} | ${message}`).sort()
}

/** What a second look confirms of suspects, as their numbers. */
async function confirmed({ store }: ScriptCaseContext, suspects: readonly AuditSuspect[]): Promise<string[]> {
  const { findings } = await store.audit({ limit: 1, suspects })
  return findings.map(({ kind, key, message }) => `${kind} ${key.replaceAll('\t', ' ')}: ${message}`)
}

/** Both looks of an audit, in ways that only the keys of Redis allow to set up. */
export const auditCases: readonly ScriptCase[] = [
  scriptCase('audit/sound', 'a walk passes each place once, and suspects nothing of a sound store', async (context) => {
    await jobsInEachState(context)
    for (const limit of LIMITS) {
      const pages = await pagesOf(context, limit)
      assert.deepEqual(
        pages.flatMap(({ suspects }) => suspects),
        [],
      )
      const seen = pages.flatMap((page) => page.seen)
      assert.equal(new Set(seen).size, seen.length)
      // What is awaited is seen: the popped and the ready one of each name.
      assert.deepEqual([...seen].sort(), pages.flatMap(({ awaited }) => awaited).sort())
      assert.equal(seen.length, 6)
      // 27 records, 6 scheduled, 12 tickets in queues and inboxes, 6 inboxes, 15 in sets and 24 side records.
      const looked = pages.reduce((sum, page) => sum + page.looked, 0)
      const parts = 3 + NAMES.length * 12 + 18
      assert.ok(looked >= 90 + parts, `looked at ${looked}`)
      assert.equal((await new Inspector({ store: context.store }).verify({ limit })).looked, looked)
      if (limit === 1_000) assert.deepEqual([pages.length, looked], [1, 90 + parts])
    }
  }),

  scriptCase(
    'audit/walk',
    'a walk through a long queue passes each ticket once while jobs are pushed',
    async (context) => {
      const { store } = context
      const ids = Array.from({ length: 40 }, (_, i) => `job-${i}`)
      await push(store, ...ids.map((id) => gone(id)))
      const seen: string[] = []
      const sizes: number[] = []
      let cursor: string | null = null
      do {
        const page: AuditPage = await store.audit({ limit: 4, cursor })
        seen.push(...page.seen.map((text) => text.split('\t')[4] ?? ''))
        if (page.seen.length > 0) sizes.push(page.seen.length)
        if (page.seen.length > 0 && sizes.length < 4) await push(store, gone(`new-${sizes.length}`))
        cursor = page.cursor
      } while (cursor !== null)
      assert.deepEqual([...new Set(seen)].length, seen.length)
      assert.deepEqual(
        ids.filter((id) => !seen.includes(id)),
        [],
      )
      assert.deepEqual(sizes.slice(0, 4), [1, 3, 3, 3])
    },
  ),

  scriptCase('audit/names', 'a walk passes every name, however many there are', async (context) => {
    const names = Array.from({ length: 40 }, (_, i) => `name-${(i * 7) % 40}`)
    await push(context.store, ...names.map((name) => gone(name, { name })))
    for (const limit of [5, 1_000]) {
      const seen = (await pagesOf(context, limit)).flatMap((page) => page.seen.map((text) => text.split('\t')[1]))
      assert.deepEqual(seen, [...names].sort())
    }
  }),

  scriptCase('audit/bounded', 'a look at a large hash stays near its limit', async (context) => {
    const { store } = context
    await push(store, ...Array.from({ length: 2_000 }, (_, i) => gone(`job-${i}`, { delayMs: HOUR })))
    const pages = await pagesOf(context, 20)
    const most = Math.max(...pages.map(({ looked }) => looked))
    assert.ok(most < 80, `${most} in one look`)
    assert.ok(pages.length > 60, `${pages.length} looks`)
  }),

  scriptCase('audit/damages', 'a walk finds the damage in every place, whatever its limit', async (context) => {
    const { client, key } = context
    await jobsInEachState(context)
    await push(context.store, ...[1, 2, 3].map((n) => kept(`twice-${n}`, { name: 'chat' })))
    const stampOf = async (id: string): Promise<string> => {
      const text = String(await client.hget(key('jobs'), id))
      return text.split('\t')[1] ?? ''
    }
    for (const name of ['email', 'sms']) {
      for (const state of ['completed', 'dead', 'cancelled'])
        await client.zadd(key(`${name}:${state}`), 1e13, `nonsense-${state}`)
      await client.zadd(key(`${name}:active`), 1e13, 'nonsense-active')
      await client.hincrby(key('void'), name, 2)
      await client.rpush(key(`${name}:inbox:worker-b`), 'nonsense-popped')
    }
    for (const hash of ['runs', 'errors', 'results', 'cancels']) await client.hset(key(hash), `of-${hash}`, 'x')
    await client.rpush(key('damaged'), ...['one', 'two', 'three', 'four', 'five'])
    await client.hset(key('scheduled-counts'), 'chat', 7, 'nobody', 3)
    await context.store.remove({ ids: ['sms-later'] })
    await client.hdel(key('scheduled-counts'), 'sms')
    await client.zadd(key('scheduled'), 1, 'a9\t0\tchat-ready\tchat')
    await client.zrem(key('chat:dead'), `${await stampOf('chat-dead')}\tchat-dead`)
    await client.zadd(key('chat:dead'), 1e13, 'a9\tnobody')
    await client.zadd(key('chat:dead'), 1e13, 'a9\tchat-completed')
    const twice = `${await stampOf('twice-1')}\t0\ttwice-1\tchat`
    await client.rpush(key('chat:inbox:worker-b'), twice)
    const inInbox = `${await stampOf('twice-2')}\t0\ttwice-2\tchat`
    await client.lrem(key('chat:ready'), 1, inInbox)
    await client.rpush(key('chat:inbox:worker-b'), inInbox, inInbox)
    const lost = `${await stampOf('twice-3')}\t0\ttwice-3\tchat`
    await client.lrem(key('chat:ready'), 1, lost)
    const expected = [
      'leftover | of-cancels |  | cancels has an entry that no job needs',
      'leftover | of-errors |  | errors has an entry that no job needs',
      'leftover | of-results |  | results has an entry that no job needs',
      'leftover | of-runs |  | runs has an entry that no job needs',
      'lost-job | chat-dead | chat | it is in no set, or waits for a key and nothing would wake it',
      'orphan | chat-ready |  | scheduled holds it, and there is no such job',
      'orphan | nobody | chat | dead holds it, and there is no such job',
      'lost-job | twice-3 | chat | it is ready, and in no queue or inbox',
      'two-places | twice-1 | chat | its queue would hand it out once too often',
      'two-places | twice-2 | chat | its queue would hand it out once too often',
      ...['email', 'sms'].flatMap((name) => [
        ...['active', 'cancelled', 'completed', 'dead', 'ready'].map(
          (place) => `unreadable |  | ${name} | what ${place} holds cannot be read`,
        ),
        `wrong-count |  | ${name} | void says 4, there are 2`,
      ]),
      ...['one', 'two', 'three', 'four', 'five'].map((text) => `unreadable |  |  | set aside: ${text}`),
      'wrong-count |  | chat | scheduled-count says 7, there are 3',
      'wrong-count |  | nobody | scheduled-count says 3, there are 0',
      'wrong-count |  | sms | scheduled-count says 0, there are 1',
    ].sort()
    for (const limit of LIMITS) assert.deepEqual(await found(context, limit), expected)
  }),

  scriptCase('audit/unlisted', 'a name that has jobs in any one place must be listed', async (context) => {
    const { client, key, store } = context
    await jobsInEachState(context)
    const places = ['ready', 'ordered', 'active', 'completed', 'dead', 'cancelled']
    await push(store, kept('email-ordered', { priority: 1 }))
    for (const place of places) {
      const [from, to] = [key(`email:${place}`), key(`of-${place}:${place}`)]
      await client.rename(from, to)
    }
    await client.hset(key('scheduled-counts'), 'of-scheduled', 1, 'of-nothing', 0)
    const names = [...places.map((place) => `of-${place}`), 'of-scheduled', 'of-nothing', 'nobody', 'sms']
    const suspects = names.map((name) => ({ kind: 'unlisted-name' as const, key: `name\t${name}\t` }))
    const { findings } = await store.audit({ limit: 1, suspects })
    assert.deepEqual(
      findings.map(({ name }) => name),
      names.slice(0, 7),
    )
  }),

  scriptCase(
    'audit/second-look',
    'a second look confirms only what is wrong now, each under its number',
    async (context) => {
      const { client, key } = context
      await jobsInEachState(context)
      const sound: AuditSuspect[] = [
        { kind: 'wrong-count', key: 'void\temail\t' },
        { kind: 'orphan', key: 'void\temail\t' },
        { kind: 'wrong-count', key: 'scheduled-count\temail\t' },
        { kind: 'unlisted-name', key: 'name\temail\t' },
        { kind: 'unreadable', key: 'damaged\t\t0' },
        { kind: 'lost-job', key: 'job\t\temail-dead' },
        { kind: 'leftover', key: 'runs\t\temail-dead' },
        { kind: 'orphan', key: 'scheduled\t\ta1\t0\tnobody\temail' },
      ]
      assert.deepEqual(await confirmed(context, sound), [])
      await client.rpush(key('damaged'), 'x')
      await client.hset(key('void'), 'email', 9)
      await client.hset(key('runs'), 'nobody', 'x')
      await client.zadd(key('scheduled'), 1, 'a1\t0\tnobody\temail')
      assert.deepEqual(await confirmed(context, sound), [
        'wrong-count void email : void says 9, there are 2',
        'wrong-count scheduled-count email : scheduled-count says 2, there are 3',
        'unreadable damaged  0: set aside: x',
        'orphan scheduled  a1 0 nobody email: scheduled holds it, and there is no such job',
      ])
      assert.deepEqual(await confirmed(context, [{ kind: 'leftover', key: 'runs\t\tnobody' }]), [
        'leftover runs  nobody: runs has an entry that no job needs',
      ])
    },
  ),

  scriptCase('audit/orphans', 'void tickets are counted in the queue and every inbox', async (context) => {
    const { store, client, key } = context
    await push(store, ...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => gone(id)))
    await popped(context, 'worker-a')
    await popped(context, 'worker-b', 2)
    await popped(context, 'worker-c')
    await store.cancel({ ids: ['a', 'b', 'c', 'd', 'f'] })
    assert.deepEqual(await found(context, 10), [])
    await client.hset(key('void'), 'email', 4)
    assert.deepEqual(await found(context, 10), [
      'orphan |  | email | 5 tickets of its queue have no job, 4 are accounted for',
    ])
  }),

  scriptCase('audit/large', 'of more than a thousand, only what can be told from their number is', async (context) => {
    const { client, key } = context
    const voids = (count: number): string[] => Array.from({ length: count }, (_, i) => `a1\t0\tvoid-${i}\temail`)
    const wrong = { kind: 'wrong-count', key: 'void\temail\t' } as const
    const orphan = { kind: 'orphan', key: 'void\temail\t' } as const
    await client.rpush(key('email:ready'), ...voids(1_000))
    await client.hset(key('void'), 'email', 999)
    assert.deepEqual(await confirmed(context, [wrong, orphan]), [
      'orphan void email : 1000 tickets of its queue have no job, 999 are accounted for',
    ])
    await client.rpush(key('email:ready'), 'a1\t0\tone-more\temail')
    assert.deepEqual(await confirmed(context, [wrong, orphan]), [])
    for (const [counted, isWrong] of [
      [0, false],
      [1_001, false],
      [-1, true],
      [1_002, true],
    ] as const) {
      await client.hset(key('void'), 'email', counted)
      const message = `wrong-count void email : void says ${counted}, there are at most 1001`
      assert.deepEqual(await confirmed(context, [wrong, orphan]), isWrong ? [message] : [])
    }
  }),

  scriptCase(
    'audit/large-jobs',
    'records of more than a mebibyte in all are not read to be counted',
    async (context) => {
      const { store, client, key } = context
      const wrong = { kind: 'wrong-count', key: 'void\temail\t' } as const
      await push(store, kept('a', { payload: 'x'.repeat(1_000_000) }))
      const rest = (await client.hstrlen(key('jobs'), 'a')) - 1_000_000
      await store.remove({ ids: ['a'] })
      await client.del(key('email:ready'), key('void'))
      await push(store, kept('a', { payload: 'x'.repeat(1_048_576 - rest) }))
      assert.equal(await client.hstrlen(key('jobs'), 'a'), 1_048_576)
      await client.hset(key('void'), 'email', 1)
      assert.deepEqual(await confirmed(context, [wrong]), ['wrong-count void email : void says 1, there are 0'])
      await push(store, kept('b', { payload: '' }))
      assert.deepEqual(await confirmed(context, [wrong]), [])
      await client.hset(key('void'), 'email', 3)
      assert.deepEqual(await confirmed(context, [wrong]), ['wrong-count void email : void says 3, there are at most 2'])
    },
  ),

  scriptCase(
    'audit/unlisted-queue',
    'a job is lost only where its queue was walked or is searched as a whole',
    async (context) => {
      const { store, client, key } = context
      const fillers = Array.from({ length: 10_000 }, (_, i) => `a1\t0\tfiller-${i}\temail`)
      await push(store, kept('a'))
      const lost = { kind: 'lost-job', key: `ready\temail\t${await client.lpop(key('email:ready'))}` } as const
      const isLost = async (): Promise<boolean> => (await confirmed(context, [lost])).length > 0
      await client.rpush(key('email:ready'), ...fillers)
      await client.srem(key('names'), 'email')
      assert.equal(await isLost(), true)
      await client.rpush(key('email:ready'), 'a1\t0\tone-more\temail')
      assert.equal(await isLost(), false)
      await client.sadd(key('names'), 'email')
      assert.equal(await isLost(), true)
    },
  ),

  scriptCase(
    'audit/many-scheduled',
    'of more than a thousand scheduled jobs only the sum is compared',
    async (context) => {
      const { client, key } = context
      const tickets = (count: number): (string | number)[] =>
        Array.from({ length: count }, (_, i) => [1, `a1\t0\tlater-${i}\temail`]).flat()
      const [ofName, ofAll] = [
        { kind: 'wrong-count', key: 'scheduled-count\temail\t' } as const,
        { kind: 'wrong-count', key: 'scheduled-count\t\t' } as const,
      ]
      await client.zadd(key('scheduled'), ...tickets(1_000))
      await client.hset(key('scheduled-counts'), 'email', 999, 'sms', 1)
      assert.deepEqual(await confirmed(context, [ofAll, ofName]), [
        'wrong-count scheduled-count email : scheduled-count says 999, there are 1000',
      ])
      await client.zadd(key('scheduled'), ...tickets(1_001))
      assert.deepEqual(await confirmed(context, [ofAll, ofName]), [
        'wrong-count scheduled-count  : scheduled-count says 1000, there are 1001',
      ])
      await client.hset(key('scheduled-counts'), 'sms', 2)
      assert.deepEqual(await confirmed(context, [ofAll, ofName]), [])
    },
  ),

  scriptCase(
    'audit/set-aside',
    'what was set aside is passed once, as many at a time as a look takes',
    async (context) => {
      const { client, key } = context
      await client.rpush(key('damaged'), ...['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      const pages = await pagesOf(context, 3)
      const places = pages.map(({ looked, suspects }) => [looked, ...suspects.map((one) => one.key.split('\t')[2])])
      // Each of the twenty-one parts counts as a place, and so does the part in which a look goes on.
      assert.deepEqual(places, [
        [3],
        [3],
        [3],
        [4, '0'],
        [3, '1', '2'],
        [3, '3', '4'],
        [3, '5', '6'],
        ...[[3], [3], [3], [3], [3], [3], [1]],
      ])
    },
  ),

  scriptCase('audit/long-queue', 'a ticket at either end of a long queue is found there', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a'))
    const ticket = String(await client.lindex(key('email:ready'), 0))
    const others = Array.from({ length: 12_000 }, (_, i) => `a9\t0\tother-${i}\temail`)
    const lost = { kind: 'lost-job', key: `ready\temail\t${ticket}` } as const
    const twice = { kind: 'two-places', key: `ready\temail\t${ticket}` } as const
    const [atHead, atTail] = [
      [...others, ticket],
      [ticket, ...others],
    ]
    for (const [queue, isTwice] of [
      [atHead, false],
      [atTail, false],
      [[ticket, ...atHead], true],
      [[...atHead, ticket], true],
      [[ticket, ...atTail], true],
    ] as const) {
      await client.del(key('email:ready'))
      await client.rpush(key('email:ready'), ...queue)
      const found = (await store.audit({ limit: 1, suspects: [lost, twice] })).findings.map(({ kind }) => kind)
      assert.deepEqual(found, isTwice ? ['two-places'] : [])
    }
  }),

  scriptCase('audit/newer', 'what a later release wrote is no damage, be it the record or the run', async (context) => {
    const { client, key } = context
    await jobsInEachState(context)
    await client.hset(key('runs'), 'email-dead', '2\tnew')
    await client.hset(key('jobs'), 'sms-dead', '2\tnew')
    await client.hset(key('jobs'), 'sms-active', '2\tnew')
    assert.deepEqual(await found(context, 1_000), [])
  }),
]
