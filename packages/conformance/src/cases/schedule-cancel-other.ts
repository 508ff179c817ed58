import assert from 'node:assert/strict'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, finish, idsOf, look } from '../moves.js'
import { completedKept, retryNow } from '../settlements.js'
import { soon } from '../waiting.js'
import { after, fires, inTurn, overlapCase, putDue } from './a-schedule.js'

/** Fires that cancel every other job of their schedule. */
export const scheduleCancelOtherCases: readonly ConformanceCase[] = [
  overlapCase('cancelOther-every', 'cancelOther: every one that is parked is cancelled, too', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const others = [await fires(store, inTurn(standing, { overlap: 'bufferAll' }), 'fired')]
    for (const turn of [1, 2, 3]) {
      others.push(await fires(store, inTurn(after(standing, turn), { overlap: 'bufferAll' }), 'buffered'))
    }
    const last = await fires(store, inTurn(after(standing, 4), { overlap: 'cancelOther' }), 'fired')
    const states = (await store.get({ ids: others })).map((job) => job?.state)
    assert.deepEqual(states, ['cancelled', 'cancelled', 'cancelled', 'cancelled'])
    assert.deepEqual(idsOf(await claim(store)), [last])
  }),

  overlapCase(
    'cancelOther-running',
    'cancelOther: a running one is asked to end, and the new one waits for it',
    async (context) => {
      const { store, harness } = context
      const standing = await putDue(context)
      await fires(store, inTurn(standing, { overlap: 'cancelOther' }), 'fired')
      const running = await claimOne(store)
      let hear = (_id: string): void => {}
      const heard = new Promise<string>((resolve) => (hear = resolve))
      const unsubscribe = await store.subscribe((hint) => hint.type === 'cancel' && hear(hint.id))
      const first = await fires(store, inTurn(after(standing, 1), { overlap: 'cancelOther' }), 'buffered')
      assert.equal(await soon(context, 'a hint of the cancel', heard), running.id)
      await unsubscribe()
      assert.deepEqual(await store.extend({ leases: [running], leaseMs: 30_000 }), ['cancel-requested'])
      const second = await fires(store, inTurn(after(standing, 2), { overlap: 'cancelOther' }), 'buffered')
      assert.equal((await look(store, first)).state, 'cancelled', 'one is enough')
      assert.deepEqual(await claim(store), [])
      await harness.advance(1_000)
      await finish(store, running, retryNow)
      assert.equal((await look(store, running.id)).state, 'cancelled')
      assert.deepEqual(idsOf(await claim(store)), [second])
    },
  ),

  overlapCase(
    'cancelOther-retention',
    'cancelOther: what leaves no trace is gone, and the finished stay',
    async (context) => {
      const { store } = context
      const standing = await putDue(context)
      const gone = { retention: { completedMs: 0, deadMs: 0 } }
      const kept = await fires(store, inTurn(standing, { overlap: 'skip' }), 'fired')
      await finish(store, await claimOne(store), completedKept)
      const other = await fires(store, inTurn(after(standing, 1), { overlap: 'skip', job: gone }), 'fired')
      await fires(store, inTurn(after(standing, 2), { overlap: 'cancelOther' }), 'fired')
      const states = (await store.get({ ids: [kept, other] })).map((job) => job?.state)
      assert.deepEqual(states, ['completed', undefined])
    },
  ),
]
