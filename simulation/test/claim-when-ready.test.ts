import { expect, it } from 'vitest'
import { ManualClock, type Store, type StoreInput } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { claimingWhenReady } from '../src/network/claim-when-ready.js'

type WaitInput = StoreInput<'waitForReady'>

/** A store that claims when a wait is over, over a memory store, with a job `a`, `b`, … for each of these ids. */
async function aStore(...ids: readonly string[]): Promise<{ clock: ManualClock; memory: MemoryStore; store: Store }> {
  const clock = new ManualClock()
  const memory = new MemoryStore({ clock })
  await push(memory, ids)
  return { clock, memory, store: claimingWhenReady(memory, () => clock.now()) }
}

async function push(store: Store, ids: readonly string[]): Promise<void> {
  const rest = { name: 'email', payload: '1', options: '', retention: { completedMs: 0, deadMs: 0 } }
  await store.enqueue({ jobs: ids.map((id) => ({ id, ...rest })) })
}

function aWait(rest: Partial<WaitInput> = {}): WaitInput {
  const { signal } = new AbortController()
  return { name: 'email', worker: 'w', timeoutMs: 5_000, signal, claim: { limit: 2, leaseMs: 1_000 }, ...rest }
}

it('claims what it was asked for when the wait is over, and says after how long', async () => {
  const { clock, memory, store } = await aStore()
  const waiting = store.waitForReady(aWait())
  await clock.advance(300)
  await push(memory, ['a', 'b', 'c'])
  const answer = await waiting
  expect(answer).toMatchObject({ jobs: [{ id: 'a' }, { id: 'b' }], waitedMs: 300 })
  await clock.advance(1_000)
  expect((await memory.reap({ limit: 10, maxRecoveries: 3 })).reaped).toHaveLength(2)
})

it('answers also when there is nothing', async () => {
  const { clock, store } = await aStore()
  const waiting = store.waitForReady(aWait())
  await clock.advance(5_000)
  expect(await waiting).toEqual({ jobs: [], more: false, waitedMs: 5_000 })
})

it('claims nothing for a wait that was not to claim, nor for one that was aborted', async () => {
  const { memory, store } = await aStore('a')
  const { claim: _, ...plain } = aWait()
  expect(await store.waitForReady(plain)).toBeUndefined()
  expect(await store.waitForReady(aWait({ signal: AbortSignal.abort() }))).toBeUndefined()
  expect((await memory.get({ ids: ['a'] }))[0]).toMatchObject({ state: 'ready', claims: 0 })
})

it('is the store it is made of in all else', async () => {
  const { memory, store } = await aStore('a')
  expect(store.kind).toBe(memory.kind)
  expect(await store.counts({})).toMatchObject([{ name: 'email', ready: 1 }])
})
