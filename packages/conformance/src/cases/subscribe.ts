import assert from 'node:assert/strict'
import type { Store, StoreHint } from '@goscheds/core'
import { aJob } from '../a-job.js'
import { fullCase, type CaseContext, type ConformanceCase } from '../conformance-case.js'
import { claimNew, enqueue, finish, promote } from '../moves.js'
import { releasedForAMinute, retryInAMinute } from '../settlements.js'
import { soon } from '../waiting.js'

/** `subscribe`. */
export const subscribeCases: readonly ConformanceCase[] = [
  fullCase('subscribe/first-scheduled', 'a `due` hint comes when the first job is scheduled', async (context) => {
    await hinted(context, 'due', () => enqueue(context.store, [aJob({ delayMs: 60_000 })]))
  }),

  fullCase('subscribe/earlier', 'a `due` hint comes when a job becomes the new earliest', async (context) => {
    await enqueue(context.store, [aJob({ delayMs: 60_000 })])
    await hinted(context, 'due', () => enqueue(context.store, [aJob(), aJob({ delayMs: 30_000 })]))
  }),

  fullCase('subscribe/rescheduled', 'a `due` hint comes when a reschedule makes it so', async (context) => {
    const job = aJob({ delayMs: 90_000 })
    await enqueue(context.store, [aJob({ delayMs: 60_000 }), job])
    await hinted(context, 'due', () => context.store.reschedule({ entries: [{ id: job.id, delayMs: 30_000 }] }))
  }),

  fullCase('subscribe/retried', 'a `due` hint comes when a retry makes it so', async (context) => {
    for (const settlement of [retryInAMinute, releasedForAMinute]) {
      const job = await claimNew(context.store, aJob())
      await hinted(context, 'due', () => finish(context.store, job, settlement))
      await context.store.cancel({ ids: [job.id] })
    }
  }),

  fullCase('subscribe/cancel', 'a `cancel` hint names the active job', async (context) => {
    const job = await claimNew(context.store, aJob())
    const hint = await hinted(context, 'cancel', () => context.store.cancel({ ids: [job.id] }))
    assert.deepEqual(hint, { type: 'cancel', id: job.id })
  }),

  fullCase('subscribe/until-called', 'no hints come after the returned function was called', async (context) => {
    const { store } = context
    const heard: StoreHint[] = []
    const unsubscribe = await store.subscribe((hint) => heard.push(hint))
    await unsubscribe()
    await hinted(context, 'due', () => enqueue(store, [aJob({ delayMs: 60_000 })]))
    assert.deepEqual(heard, [])
  }),

  fullCase('subscribe/several', 'every listener hears of it', async (context) => {
    const { store } = context
    const job = await claimNew(store, aJob())
    const other = listen(store, 'cancel')
    await other.ready
    await hinted(context, 'cancel', () => store.cancel({ ids: [job.id] }))
    await soon(context, 'the hint for the other listener', other.heard)
  }),

  fullCase(
    'subscribe/other-handle',
    'hints of other handles arrive',
    async (context) => {
      const other = await context.connect()
      const job = await claimNew(context.store, aJob())
      await hinted(context, 'cancel', () => other.cancel({ ids: [job.id] }))
      await hinted(context, 'due', () => enqueue(other, [aJob({ delayMs: 60_000 })]))
    },
    'connect',
    'notifications',
  ),

  fullCase('subscribe/next-due-agrees', 'after a `due` hint, promote knows of the job', async (context) => {
    const { store, harness } = context
    await hinted(context, 'due', () => enqueue(store, [aJob({ delayMs: 10_000 })]))
    const { nextDueInMs } = await store.promote({ limit: 10 })
    assert.ok(nextDueInMs !== null && nextDueInMs <= 10_000)
    await harness.advance(10_000)
    assert.equal(await promote(store), 1)
  }),
]

type HintType = StoreHint['type']

interface Listening {
  readonly ready: Promise<() => Promise<void>>
  readonly heard: Promise<StoreHint>
}

function listen(store: Store, type: HintType): Listening {
  let hear = (_hint: StoreHint): void => {}
  const heard = new Promise<StoreHint>((resolve) => {
    hear = resolve
  })
  const ready = store.subscribe((hint) => {
    if (hint.type === type) hear(hint)
  })
  return { ready, heard }
}

/** Subscribes, moves, and expects a hint of the type. */
async function hinted(context: CaseContext, type: HintType, move: () => Promise<unknown>): Promise<StoreHint> {
  const { ready, heard } = listen(context.store, type)
  const unsubscribe = await ready
  await move()
  const hint = await soon(context, `a hint of the type ${type}`, heard)
  await unsubscribe()
  return hint
}
