import assert from 'node:assert/strict'
import { aJob } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, reap, settle } from '../moves.js'
import { completed, releasedNow, retryNow } from '../settlements.js'

/** The fence that every claim carries. */
export const fenceCases: readonly ConformanceCase[] = [
  coreCase('fence/claim-number', 'the claim number starts at 1 and grows by one per claim', async (context) => {
    const { store, harness } = context
    const first = await claimNew(store, aJob())
    await finish(store, first, retryNow)
    const second = await claimOne(store)
    await finish(store, second, releasedNow)
    const third = await claimOne(store)
    await harness.advance(LEASE_MS)
    await reap(store)
    const fourth = await claimOne(store)
    assert.deepEqual(
      [first, second, third, fourth].map(({ fence }) => fence.claim),
      [1, 2, 3, 4],
    )
    assert.equal(new Set([first, second, third, fourth].map(({ fence }) => fence.generation)).size, 1)
  }),

  coreCase('fence/generations-differ', 'no generation is drawn twice', async ({ store }) => {
    await enqueue(store, [aJob(), aJob()])
    await enqueue(store, [aJob({ name: 'sms' })])
    const jobs = [...(await claim(store)), ...(await claim(store, { name: 'sms' }))]
    assert.equal(new Set(jobs.map(({ fence }) => fence.generation)).size, 3)
  }),

  coreCase('fence/reused-id', 'an id used again gets a greater fence', async ({ store }) => {
    const job = aJob()
    let previous = 0
    for (let life = 0; life < 3; life += 1) {
      const claimed = await claimNew(store, job)
      assert.ok(claimed.fence.generation > previous, 'the generation of a later life is greater')
      assert.equal(claimed.fence.claim, 1)
      previous = claimed.fence.generation
      await finish(store, claimed, completed)
    }
  }),

  coreCase('fence/first-life', 'a lease of the first life of an id changes nothing in the second', async (context) => {
    const { store, harness } = context
    const job = aJob()
    const first = await claimNew(store, job)
    await finish(store, first, completed)
    const second = await claimNew(store, job)
    assert.deepEqual(await store.extend({ leases: [first], leaseMs: 300_000 }), ['lost'])
    assert.deepEqual(await settle(store, first, completed), { status: 'lost' })
    await harness.advance(LEASE_MS)
    assert.deepEqual(idsOf(await reap(store)), [second.id], 'the second lease ran out in its own time')
  }),

  coreCase('fence/exact', 'only the very fence is current: neither number may be off', async ({ store }) => {
    const job = await claimNew(store, aJob())
    await finish(store, job, retryNow)
    const current = await claimOne(store)
    const { generation, claim: number } = current.fence
    const wrong = [
      { generation, claim: number - 1 },
      { generation, claim: number + 1 },
      { generation: generation + 1, claim: number },
      { generation: generation - 1, claim: number },
      { generation: number, claim: generation },
    ].filter((fence) => fence.generation !== generation || fence.claim !== number)
    for (const fence of wrong) {
      const lease = { ...current, fence }
      assert.deepEqual(await store.extend({ leases: [lease], leaseMs: LEASE_MS }), ['lost'], JSON.stringify(fence))
      assert.deepEqual(await settle(store, lease, completed), { status: 'lost' }, JSON.stringify(fence))
    }
    assert.deepEqual(await settle(store, current, completed), { status: 'settled', state: 'completed' })
  }),

  fullCase('fence/after-removal', 'nor does an id used again after a removal repeat a fence', async ({ store }) => {
    const job = aJob()
    const first = await claimNew(store, job)
    await finish(store, first, retryNow)
    assert.deepEqual(await store.remove({ ids: [job.id] }), [{ status: 'removed', state: 'ready' }])
    const second = await claimNew(store, job)
    assert.ok(second.fence.generation > first.fence.generation)
    assert.deepEqual(await settle(store, first, completed), { status: 'lost' })
    assert.deepEqual(await settle(store, second, completed), { status: 'settled', state: 'completed' })
  }),
]
