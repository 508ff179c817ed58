import assert from 'node:assert/strict'
import { Inspector, type NewJob, type Store, type UniqueKey } from '@goscheds/core'
import { HOUR, kept, type ScriptCase, type ScriptCaseContext, scriptCase } from './script-case.js'

type Damage = (context: ScriptCaseContext) => Promise<unknown>

const unique: UniqueKey = { key: 'ada', until: 'finished', onConflict: 'ignore' }
const untilStarted: UniqueKey = { key: 'bo', until: 'started', onConflict: 'ignore' }
const soon = { expiresAt: 1e15 }

/** Jobs that ask for something, each named after what it is. Keys: `ada` held by `holder`, `bo` by `waiting`. */
async function jobsThatAsk(store: Store): Promise<void> {
  const push = (id: string, job: Partial<NewJob>): Promise<unknown> => store.enqueue({ jobs: [kept(id, job)] })
  const claim = (): ReturnType<Store['claim']> => store.claim({ name: 'email', worker: 'w', limit: 9, leaseMs: 1e6 })
  await push('holder', { unique })
  await push('returned', { unique: untilStarted })
  const { jobs } = await claim()
  await push('successor', { unique: { ...unique, onConflict: 'runAgain' } })
  await push('waiting', { unique: untilStarted, delayMs: 1e6 })
  const entries = jobs.filter(({ id }) => id === 'returned')
  await store.settle({
    entries: entries.map((lease) => ({ lease, settlement: { type: 'retry', delayMs: 0, error: 'no' } })),
  })
  await store.report({
    entries: jobs
      .filter(({ id }) => id === 'holder')
      .map((lease) => ({ lease, progress: '1', checkpoint: '2', lines: ['3'] })),
  })
  await push('throttled', { unique: { key: 'cy', until: { ttlMs: 1e6 }, onConflict: 'ignore' }, delayMs: 1e6 })
  await push('ordered', { priority: 5, ...soon })
  await push('expiring', { delayMs: 1e6, ...soon })
}

const hold = (of: string): string => `email\t${of}`

/** What is done to the keys, and what a walk finds then. */
const damages: readonly [string, Damage, readonly string[]][] = [
  [
    'a hold of a job that is gone',
    ({ client, key }) => client.hset(key('unique'), hold('x'), '1\ta9\tghost\tfinished\t'),
    ['leftover email\tx'],
  ],
  [
    'a hold of an earlier life',
    ({ client, key }) => client.hset(key('unique'), hold('x'), '1\ta9\tholder\tfinished\t'),
    ['leftover email\tx'],
  ],
  [
    'a hold until it starts of a job that has',
    ({ client, key }) => client.hset(key('unique'), hold('x'), '1\ta1\tholder\tstarted\t'),
    ['leftover email\tx'],
  ],
  [
    'a hold of a job that has ended',
    async ({ store, client, key }) => {
      await store.cancel({ ids: ['expiring'] })
      const [job] = await store.get({ ids: ['expiring'] })
      await client.hset(key('unique'), hold('x'), `1\ta${job?.generation}\texpiring\tfinished\t`)
    },
    ['leftover email\tx'],
  ],
  [
    'a hold for a time whose end is not written down',
    ({ client, key }) => client.zrem(key('unique-ends'), hold('cy')),
    ['leftover email\tcy'],
  ],
  ['a hold that cannot be read', damaged('unique', hold('x')), ['unreadable email\tx']],
  [
    'parked jobs without holds',
    ({ client, key }) => client.del(key('unique')),
    ['lost-job returned', 'lost-job successor'],
  ],
  [
    'parked jobs that are not in the index',
    ({ client, key }) => client.del(key('parked')),
    ['lost-job returned', 'lost-job successor'],
  ],
  [
    'an entry of the index whose job is gone',
    ({ client, key }) => client.zadd(key('parked'), 0, 'email\tada\ta9\t0\tghost'),
    ['leftover email\tada\ta9\t0\tghost'],
  ],
  [
    'an entry of the index whose job is not parked',
    ({ client, key }) => client.zadd(key('parked'), 0, 'email\tada\ta6\t0\texpiring'),
    ['leftover email\tada\ta6\t0\texpiring'],
  ],
  [
    'what is no entry of the index',
    ({ client, key }) => client.zadd(key('parked'), 0, 'nonsense'),
    ['leftover nonsense'],
  ],
  [
    'an expiry of a job that is gone',
    ({ client, key }) => client.zadd(key('expiry'), 1, 'a9\tghost'),
    ['leftover a9\tghost'],
  ],
  [
    'an expiry of an earlier life',
    ({ client, key }) => client.zadd(key('expiry'), 1, 'a9\tordered'),
    ['leftover a9\tordered'],
  ],
  [
    'an expiry of a job that is active',
    ({ client, key }) => client.zadd(key('expiry'), 1, 'a1\tholder'),
    ['leftover a1\tholder'],
  ],
  [
    'an expiry of a job that was claimed once',
    ({ client, key }) => client.zadd(key('expiry'), 1, 'a2\treturned'),
    ['leftover a2\treturned'],
  ],
  ['what is no expiry', ({ client, key }) => client.zadd(key('expiry'), 1, 'nonsense'), ['leftover nonsense']],
  ...['extras', 'failures', 'progress', 'checkpoints', 'logged'].map((hash): [string, Damage, string[]] => [
    `${hash} of no job`,
    damaged(hash, 'ghost'),
    ['leftover ghost'],
  ]),
  ['extras that cannot be read', damaged('extras', 'throttled'), ['unreadable throttled']],
  [
    'a job of a priority that is in no place',
    async ({ store, client, key }) => client.zrem(key('email:ordered'), await ticketOf(store, 'ordered')),
    ['lost-job ordered'],
  ],
  [
    'a job of a priority that is in the queue, too',
    async ({ store, client, key }) => client.lpush(key('email:ready'), await ticketOf(store, 'ordered')),
    ['two-places ordered'],
  ],
  [
    'a scheduled job that is among those of a priority, too',
    async ({ store, client, key }) => client.zadd(key('email:ordered'), 1, await ticketOf(store, 'expiring')),
    ['two-places expiring'],
  ],
  [
    'a place of a priority whose job is gone',
    ({ client, key }) => client.hdel(key('jobs'), 'ordered'),
    ['leftover a6\tordered', 'leftover ordered', 'orphan ordered'],
  ],
  [
    'what is no ticket among those of a priority',
    ({ client, key }) => client.zadd(key('email:ordered'), 1, 'nonsense'),
    ['unreadable email'],
  ],
]

/** Writes nonsense into a hash. */
function damaged(hash: string, id: string): Damage {
  return ({ client, key }) => client.hset(key(hash), id, 'damaged')
}

/** The ticket that a job stands under while it is not active. */
async function ticketOf(store: Store, id: string): Promise<string> {
  const [job] = await store.get({ ids: [id] })
  assert.ok(job)
  return `a${job.generation}\t${job.claims}\t${id}\t${job.name}`
}

async function found({ store }: ScriptCaseContext, limit = 4): Promise<string[]> {
  const { findings } = await new Inspector({ store }).verify({ limit })
  return findings.map(({ kind, id, name }) => `${kind} ${id ?? name ?? ''}`.trim()).sort()
}

const damageCases = damages.map(([what, damage, expected], n) =>
  scriptCase(`audit/asked-${n + 1}`, `a walk finds ${what}, and nothing else`, async (context) => {
    await jobsThatAsk(context.store)
    assert.deepEqual(await found(context), [])
    await damage(context)
    assert.deepEqual(await found(context), expected)
    assert.deepEqual(await found(context, 1_000), expected)
  }),
)

/** What an audit makes of the places of keys, priorities, expiries and reports. */
export const askedAuditCases: readonly ScriptCase[] = [
  ...damageCases,

  scriptCase('audit/asked-sound', 'a walk finds nothing in what is sound, whatever its limit', async (context) => {
    await jobsThatAsk(context.store)
    for (const limit of [1, 3, 1_000]) assert.deepEqual(await found(context, limit), [])
  }),

  scriptCase('audit/asked-newer', 'what a later release wrote of keys and extras is no damage', async (context) => {
    const { store, client, key } = context
    await jobsThatAsk(store)
    await client.hset(key('unique'), hold('ada'), '2\tall new')
    for (const id of ['ordered', 'throttled', 'successor', 'expiring'])
      await client.hset(key('extras'), id, '2\tall new')
    assert.deepEqual(await found(context), [])
  }),

  scriptCase('audit/asked-unreadable', 'what cannot be read is one damage, not another as well', async (context) => {
    const { store, client, key } = context
    await jobsThatAsk(store)
    for (const id of ['holder', 'expiring']) await client.hset(key('jobs'), id, 'damaged')
    assert.deepEqual(await found(context), ['unreadable expiring', 'unreadable holder'])
    for (const id of ['holder', 'expiring']) await client.hset(key('jobs'), id, '2\tall new')
    assert.deepEqual(await found(context), [])
  }),

  scriptCase(
    'audit/asked-over',
    'a key whose time is over and that is not pruned yet is no damage',
    async (context) => {
      const { store, client, key, advance } = context
      await jobsThatAsk(store)
      await store.remove({ ids: ['throttled'] })
      await advance(HOUR / 2)
      assert.equal(await client.hexists(key('unique'), hold('cy')), 1)
      assert.deepEqual(await found(context), [])
    },
  ),
]
