import { conformanceCases, runCase } from '@goscheds/conformance'
import { openManualRedisStore } from '@goscheds/redis/testing'
import { type RedisProcess, startOwnTestRedis } from '@goscheds/test-redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLuaFiles, replacedName } from '../src/lua-files.js'

/** A way to break a script that the proof must notice, by the guarantee that it breaks. */
interface Control {
  readonly name: string
  readonly guarantee: string
  readonly file: string
  /** A text that the file holds once, and what stands there in the broken store. */
  readonly from: string
  readonly to: string
  /** The cases that must fail, as they hold this guarantee. */
  readonly caughtBy: readonly string[]
}

const controls: readonly Control[] = [
  {
    name: 'settle without its fence',
    guarantee: 'G4',
    file: 'settle.lua',
    from: 'if run.scores[i - run.first + 1] and not seen[ticket] then',
    to: 'if not seen[ticket] then',
    caughtBy: ['fence/exact', 'fence/first-life', 'settle/lost-after-reap', 'settle/lost-to-another'],
  },
  {
    name: 'settle of plain jobs without its fence',
    guarantee: 'G4',
    file: 'settle.lua',
    from: 'local id = scores[i] and match(',
    to: 'local id = match(',
    caughtBy: ['fence/exact', 'fence/first-life', 'settle/lost-among-neighbours'],
  },
  {
    name: 'extend without its fence',
    guarantee: 'G4',
    file: 'extend.lua',
    from: "if redis.call('ZSCORE', key, ticket) then",
    to: 'if true then',
    caughtBy: ['extend/stale', 'fence/exact', 'fence/first-life'],
  },
  {
    name: 'a reap that does not look at the deadline in the step that ends the lease',
    guarantee: 'G3',
    file: 'reap.lua',
    from: "':active', '-inf', time, 'LIMIT'",
    to: "':active', '-inf', '+inf', 'LIMIT'",
    caughtBy: ['reap/valid-lease'],
  },
  {
    name: 'a reap in two halves, the second of which, that takes the leases away, never comes',
    guarantee: 'G3',
    file: 'reap.lua',
    from: "call_chunked('ZREM', P .. name .. ':active', tickets)",
    to: '',
    caughtBy: ['reap/concurrently'],
  },
  {
    name: 'a reap in two halves, the second of which, that gives the jobs back, never comes',
    guarantee: 'G1',
    file: 'reap.lua',
    from: 'to_ready(name, to_ticket(stamp, run.claims, id, name), extra, to_head)',
    to: '',
    caughtBy: ['reap/back-to-the-queue', 'reap/many'],
  },
  {
    name: 'a reap that does not recover inboxes',
    guarantee: 'G1',
    file: 'reap.lua',
    from: 'returned = returned + empty_inbox(name, worker)',
    to: '',
    caughtBy: ['set-aside/vanished-worker'],
  },
  {
    name: 'a leave that does not recover inboxes',
    guarantee: 'G10',
    file: 'leave.lua',
    from: 'empty_inbox(name, worker)',
    to: '',
    caughtBy: ['set-aside/leave'],
  },
  {
    name: "a claim that does not look into the worker's inbox",
    guarantee: 'G1',
    file: 'claim.lua',
    from: "P .. name .. ':inbox:' .. worker, P .. name .. ':ready'",
    to: "P .. 'nothing', P .. name .. ':ready'",
    caughtBy: ['wait/retry', 'wait/release', 'wait/redrive'],
  },
  {
    name: "a claim of plain jobs that does not look into the worker's inbox",
    guarantee: 'G1',
    file: 'claim.lua',
    from: "call('LRANGE', inbox_key, '-' .. ARGV[3], '-1')",
    to: '{}',
    caughtBy: ['set-aside/claimed-first', 'set-aside/exactly-once', 'wait/push'],
  },
  {
    name: 'a promotion that reads and does not remove',
    guarantee: 'G1',
    file: 'promote.lua',
    from: "call_chunked('ZREM', scheduled, tickets)",
    to: '',
    caughtBy: ['priority/fifo', 'unique/ignore-retrying'],
  },
  {
    name: 'a promotion of plain jobs that reads and does not remove',
    guarantee: 'G1',
    file: 'promote.lua',
    from: "redis.call('ZREM', scheduled, unpack(tickets))",
    to: '',
    caughtBy: ['promote/many'],
  },
  {
    name: 'a promotion that removes and does not push',
    guarantee: 'G1',
    file: 'promote.lua',
    from: 'to_ready(name, ticket, extra, has_place)',
    to: '',
    caughtBy: ['priority/fifo', 'unique/ignore-retrying'],
  },
  {
    name: 'a promotion of plain jobs that removes and does not push',
    guarantee: 'G1',
    file: 'promote.lua',
    from: "redis.call('LPUSH', ready, unpack(of_name))",
    to: '#of_name',
    caughtBy: ['promote/many'],
  },
  {
    name: 'a retry that is forgotten',
    guarantee: 'G7',
    file: 'settle.lua',
    from: "state = wait_again(name, to_ticket(stamp, run.claims, id, name), id, due_at('d' .. delay_ms, time), extra)",
    to: "state = 'ready'",
    caughtBy: ['settle/retry-now', 'settle/released'],
  },
  {
    name: 'a promotion that is early',
    guarantee: 'G8',
    file: 'promote.lua',
    from: "'-inf', time, 'LIMIT'",
    to: "'-inf', time + 1, 'LIMIT'",
    caughtBy: ['enqueue/due-in-a-millisecond', 'promote/due-exactly-now'],
  },
]

const caseById = new Map(conformanceCases.map((one) => [one.id, one]))

describe('the proof notices', () => {
  let server: RedisProcess
  let texts: ReadonlyMap<string, string>

  beforeAll(async () => {
    server = await startOwnTestRedis()
    texts = new Map((await readLuaFiles()).map(({ file, text }) => [file, text]))
  })
  afterAll(() => server.stop())

  for (const { name, guarantee, file, from, to, caughtBy } of controls) {
    it(`${name} (${guarantee})`, { timeout: 30_000 }, async () => {
      const text = texts.get(file) ?? ''
      expect(text.split(from)).toHaveLength(2)
      const replaced = { [replacedName(file)]: text.replace(from, () => to) }
      const failing = new Set<string>()
      for (const id of caughtBy) if (await fails(id, replaced)) failing.add(id)
      expect([...failing]).toEqual(caughtBy)
    })
  }

  it('nothing in the scripts as they are', { timeout: 30_000 }, async () => {
    for (const id of new Set(controls.flatMap(({ caughtBy }) => caughtBy)))
      expect([id, await fails(id, {})]).toEqual([id, false])
  })

  async function fails(id: string, replaced: Readonly<Record<string, string>>): Promise<boolean> {
    const one = caseById.get(id)
    if (one === undefined) throw new TypeError(`there is no case ${id}`)
    const options = {
      open: ({ namespace }: { readonly namespace: string }) =>
        openManualRedisStore({ connection: server.url, namespace, replaced }),
      patienceMs: 1_000,
      deadlineMs: 2_000,
    }
    return await runCase(one, options).then(
      () => false,
      () => true,
    )
  }
})
