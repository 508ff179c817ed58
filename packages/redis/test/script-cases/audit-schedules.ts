import assert from 'node:assert/strict'
import { Inspector, type NewSchedule, type Store } from '@goscheds/core'
import { type ScriptCase, type ScriptCaseContext, scriptCase } from './script-case.js'

type Damage = (context: ScriptCaseContext) => Promise<unknown>

const next = { fireAt: 1_000, dueAt: 2_000 }

/** One that fires, one that is paused, one that fires no more. */
async function putAll(store: Store): Promise<void> {
  const put = (id: string, more: Partial<NewSchedule> = {}): Promise<unknown> =>
    store.putSchedule({ schedule: { id, rule: 'rule', next, ...more }, expect: null })
  await put('fires')
  await put('paused', { pausedNote: '' })
  await put('over', { next: null })
}

const damages: readonly [string, Damage, readonly string[]][] = [
  [
    'a schedule that is not among those that fire',
    ({ client, key }) => client.del(key('fires')),
    ['lost-job: schedule fires is not listed, or not among those that fire at its time'],
  ],
  [
    'a schedule that stands at another time among those that fire',
    ({ client, key }) => client.zadd(key('fires'), 2_001, 'fires'),
    ['lost-job: schedule fires is not listed, or not among those that fire at its time'],
  ],
  [
    'a schedule that is not listed',
    ({ client, key }) => client.zrem(key('schedule-ids'), 'paused'),
    ['lost-job: schedule paused is not listed, or not among those that fire at its time'],
  ],
  [
    'ids of no schedule',
    async ({ client, key }) => {
      await client.zadd(key('fires'), 1, 'ghost')
      await client.zadd(key('schedule-ids'), 0, 'ghost')
    },
    [
      'orphan: fires holds ghost, and there is no such schedule',
      'orphan: schedule-ids holds ghost, and there is no such schedule',
    ],
  ],
  [
    'one among those that fire that is not to',
    async ({ client, key }) => {
      await client.zadd(key('fires'), 2_000, 'paused')
      await client.zadd(key('fires'), 2_000, 'over')
    },
    ['leftover: schedule over is not to fire, and in fires', 'leftover: schedule paused is not to fire, and in fires'],
  ],
  [
    'a schedule that cannot be read, once',
    ({ client, key }) => client.hset(key('schedules'), 'fires', 'damaged'),
    ['unreadable: schedule fires cannot be read'],
  ],
]

async function found({ store }: ScriptCaseContext, limit: number): Promise<string[]> {
  const { findings } = await new Inspector({ store }).verify({ limit })
  assert.deepEqual(
    findings.filter(({ id, name }) => id !== undefined || name !== undefined),
    [],
    'it is about no job',
  )
  return findings.map(({ kind, message }) => `${kind}: ${message}`).sort()
}

/** What an audit makes of schedules and the places in which their ids stand. */
export const scheduleAuditCases: readonly ScriptCase[] = [
  ...damages.map(([what, damage, expected], n) =>
    scriptCase(`audit/schedules-${n + 1}`, `a walk finds ${what}, and nothing else`, async (context) => {
      await putAll(context.store)
      for (const limit of [1, 1_000]) assert.deepEqual(await found(context, limit), [])
      await damage(context)
      for (const limit of [1, 1_000]) assert.deepEqual(await found(context, limit), expected)
    }),
  ),

  scriptCase('audit/schedules-newer', 'a schedule of a later release is no damage', async (context) => {
    const { store, client, key } = context
    await putAll(store)
    for (const id of ['fires', 'paused', 'over']) await client.hset(key('schedules'), id, '2\tall new')
    await client.zadd(key('fires'), 1, 'over')
    assert.deepEqual(await found(context, 1_000), [])
  }),
]
