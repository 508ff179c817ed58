import assert from 'node:assert/strict'
import { aJob } from '../a-job.js'
import { coreCase, type ConformanceCase } from '../conformance-case.js'
import { claimOne, enqueue } from '../moves.js'
import { beginWait, soon } from '../waiting.js'

/** `open`, `close`, `kind` and `capabilities`. */
export const lifecycleCases: readonly ConformanceCase[] = [
  coreCase('lifecycle/open-again', 'open is safe to call again and concurrently', async ({ store }) => {
    const job = aJob()
    await enqueue(store, [job])
    await Promise.all([store.open(), store.open(), store.open()])
    assert.equal((await claimOne(store)).id, job.id, 'the jobs are still there after another open')
  }),

  {
    ...coreCase('lifecycle/close-twice', 'close is safe to call twice', async ({ store }) => {
      await store.close()
      await store.close()
    }),
    closes: true,
  },

  {
    ...coreCase('lifecycle/close-ends-waits', 'close lets waiting calls return', async (context) => {
      const wait = await beginWait(context.store)
      await soon(context, 'close', context.store.close())
      await soon(context, 'the return of the wait after close', wait.returned)
    }),
    closes: true,
  },

  coreCase('lifecycle/says-what-it-is', 'a store states its kind and each of its capabilities', async ({ store }) => {
    assert.match(store.kind, /\S/, 'kind is for messages')
    for (const capability of ['durable', 'sharedAcrossProcesses', 'notifications'] as const) {
      assert.equal(typeof store.capabilities[capability], 'boolean', capability)
    }
  }),
]
