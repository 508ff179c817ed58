import type { NewJob, Store, UniqueKey } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { aRig, type Damage, damaged, forgotten, ticketOf } from './audit-rig.js'
import { aJob } from './store-rig.js'

const unique: UniqueKey = { key: 'ada', until: 'finished', onConflict: 'ignore' }
const untilStarted: UniqueKey = { key: 'bo', until: 'started', onConflict: 'ignore' }
const retention = { completedMs: 1e9, deadMs: 1e9 }
const soon = { expiresAt: 1e15 }

/** Jobs that ask for something, each named after what it is. Keys: `ada` held by `holder`, `bo` by `waiting`. */
async function jobsThatAsk(store: Store): Promise<void> {
  const push = (id: string, job: Partial<NewJob>): Promise<unknown> =>
    store.enqueue({ jobs: [aJob({ id, retention, ...job })] })
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
    forgotten('ordered'),
    ['leftover a6\tordered', 'leftover ordered', 'orphan ordered'],
  ],
  [
    'what is no ticket among those of a priority',
    ({ client, key }) => client.zadd(key('email:ordered'), 1, 'nonsense'),
    ['unreadable email'],
  ],
]

describe('the audit of a Redis store', () => {
  it.each(damages)('finds %s, and nothing else', async (_what, damage, expected) => {
    const rig = await aRig()
    await jobsThatAsk(rig.store)
    for (const limit of [1, 3, 1_000]) expect(await rig.found(limit)).toEqual([])
    await damage(rig)
    expect((await rig.found()).sort()).toEqual(expected)
    expect((await rig.found(1_000)).sort()).toEqual(expected)
  })

  it('takes what a later release wrote of keys and extras for no damage', async () => {
    const { store, client, key, found } = await aRig()
    await jobsThatAsk(store)
    await client.hset(key('unique'), hold('ada'), '2\tall new')
    for (const id of ['ordered', 'throttled', 'successor', 'expiring'])
      await client.hset(key('extras'), id, '2\tall new')
    expect(await found()).toEqual([])
  })

  it('finds nothing of keys whose time is over and that are not pruned yet', async () => {
    const { store, client, key, found } = await aRig()
    await jobsThatAsk(store)
    await store.remove({ ids: ['throttled'] })
    expect(await client.hexists(key('unique'), hold('cy'))).toBe(1)
    expect(await found()).toEqual([])
  })
})
