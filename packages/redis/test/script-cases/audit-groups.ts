import assert from 'node:assert/strict'
import { Inspector } from '@goscheds/core'
import { grouped } from './groups.js'
import { claim, gone, push, type ScriptCase, type ScriptCaseContext, scriptCase, settleAll } from './script-case.js'

/** What the audit finds, in pages so small that it goes on within a group. */
async function found({ store }: ScriptCaseContext): Promise<string[]> {
  const { findings } = await new Inspector({ store }).verify({ limit: 3 })
  return findings
    .map(({ kind, id = '', name = '', message }) => `${kind} ${name} ${id}: ${message}`.replace(/ +/g, ' '))
    .sort()
}

/** Two groups that may run, one that is set aside, one that has a job on its way back, and one that runs. */
async function groups({ store }: ScriptCaseContext): Promise<void> {
  await store.setLimits({ name: 'email', limits: { perGroup: { concurrency: 1, ordered: true } } })
  await push(store, grouped('c1', 'c'), grouped('c2', 'c'), grouped('d1', 'd'), grouped('d2', 'd'), grouped('e1', 'e'))
  const leases = await claim(store)
  await settleAll(
    store,
    leases.filter(({ id }) => id === 'd1'),
    { type: 'retry', delayMs: 60_000, error: 'no' },
  )
  await push(
    store,
    ...['1', '2', '3', '4', '5'].map((id) => grouped(`a${id}`, 'a', {}, 2)),
    grouped('b1', 'b'),
    gone('0'),
  )
}

function auditCase(
  slug: string,
  title: string,
  damage: (context: ScriptCaseContext) => Promise<unknown>,
  expected: readonly string[],
): ScriptCase {
  return scriptCase(`audit/groups-${slug}`, title, async (context) => {
    await groups(context)
    assert.deepEqual(await found(context), [])
    await damage(context)
    assert.deepEqual(await found(context), expected)
  })
}

const noSet = 'it is in no set, or waits for a key and nothing would wake it'

/** What an audit finds of groups, in both of its looks. */
export const groupAuditCases: readonly ScriptCase[] = [
  auditCase(
    'sound',
    'groups that are as they should be are no damage',
    async ({ store }) => {
      await store.setLimits({ name: 'email', limits: null })
    },
    [],
  ),

  auditCase(
    'lost',
    'jobs of a group that is in no set are lost',
    ({ client, key }) => client.zrem(key('email:groups'), 'b'),
    [`lost-job email b1: ${noSet}`, 'wrong-count email : grouped-count says 8, there are 7'],
  ),

  auditCase(
    'lost-ticket',
    'a job that is not in its group, nor in the list, is lost',
    ({ client, key }) => client.zrem(key('group\temail\ta'), 'a8\t0\ta3\temail'),
    [
      'lost-job email a3: it is ready, and in no queue or inbox',
      'wrong-count email : grouped-count says 8, there are 7',
    ],
  ),

  auditCase('orphan', 'a ticket without a job is an orphan', ({ client, key }) => client.hdel(key('jobs'), 'a5'), [
    'leftover a5: extras has an entry that no job needs',
    'orphan email a5: grouped holds it, and there is no such job',
  ]),

  auditCase(
    'two-places',
    'a ticket in another group is in two places',
    ({ client, key }) =>
      client.multi().zadd(key('group\temail\tb'), 9, 'a8\t0\ta3\temail').hincrby(key('grouped'), 'email', 1).exec(),
    ['two-places email a3: it is in grouped, and elsewhere'],
  ),

  auditCase(
    'twice',
    'a group in two of the sets is in two places',
    ({ client, key }) => client.zadd(key('email:groups-aside'), '+inf', 'b'),
    ['two-places email : it is in group-set, and elsewhere', 'wrong-count email : grouped-count says 8, there are 9'],
  ),

  auditCase(
    'empty',
    'a group without tickets is left over, and so is its weight',
    ({ client, key }) =>
      client.multi().zadd(key('email:groups'), 9, 'z').hset(key('email:group-weights'), 'y', '2').exec(),
    [
      'leftover email : group-set has an entry that no job needs',
      'leftover email : group-weights has an entry that no job needs',
    ],
  ),

  auditCase(
    'place',
    'a place that no scheduled job comes back to is left over',
    ({ client, key }) => client.zadd(key('email:group-places'), 0, 'a\ta1', 0, 'd\tnobody', 0, 'a\td1'),
    Array.from({ length: 3 }, () => 'leftover email : group-places has an entry that no job needs'),
  ),

  auditCase(
    'running',
    'a number of running jobs that is wrong is found',
    ({ client, key }) => client.hset(key('email:group-running'), 'c', 2, 'z', 1),
    ['wrong-count email : group-running says 1, there are 0', 'wrong-count email : group-running says 2, there are 1'],
  ),

  auditCase(
    'running-lost',
    'and so is one that is missing',
    ({ client, key }) => client.hdel(key('email:group-running'), 'e'),
    ['wrong-count email : group-running says 0, there are 1'],
  ),

  auditCase(
    'limits',
    'limits that cannot be read are found',
    ({ client, key }) => client.hset(key('limits'), 'email', 'x', 'sms', '2\tx'),
    ['unreadable email : what limits holds cannot be read'],
  ),
]
