import { openManualMemoryStore } from '@goscheds/memory/testing'
import { describe, expect, it } from 'vitest'
import { aJob } from '../src/a-job.js'
import { coreCase } from '../src/conformance-case.js'
import { runCase, verifyStore } from '../src/index.js'
import { openMemory } from './open-memory.js'

describe('verifyStore', () => {
  it('passes a sound store, and rejects with what is wrong in a damaged one', async () => {
    const { store, runtime, plant } = openManualMemoryStore()
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    await verifyStore(store, runtime)
    await plant['lost-job'](job.id)
    await expect(verifyStore(store, runtime)).rejects.toThrow(
      `the audit finds 1 wrong in the store:\n- lost-job (email ${job.id}): it is ready, and in no queue`,
    )
  })
})

describe('a case that passes', () => {
  it('fails all the same when it leaves damage behind', async () => {
    const harness = await openMemory()
    const careless = coreCase('some/case', 'leaves a job twice in its queue', async ({ store }) => {
      const job = aJob()
      await store.enqueue({ jobs: [job] })
      await harness.plant?.['two-places']?.(job.id)
    })
    await expect(runCase(careless, { open: async () => harness })).rejects.toThrow('two-places')
  })
})
