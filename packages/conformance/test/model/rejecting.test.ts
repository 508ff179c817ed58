import { systemRuntime } from '@goscheds/core'
import { expect, test } from 'vitest'
import { checkModel, type StoreHarness } from '../../src/index.js'
import { withMethods } from '../broken/fault.js'
import { openMemory } from '../open-memory.js'

test('a store whose every look is rejected, some sooner than others, fails once and leaves nothing unhandled', async () => {
  const gone = async (): Promise<never> => Promise.reject(new Error('the connection is closed'))
  const goneLater = async (): Promise<never> => {
    await new Promise<void>((resolve) => systemRuntime.setTimer(5, resolve))
    return gone()
  }
  const open = async (): Promise<StoreHarness> => {
    const harness = await openMemory()
    return { ...harness, store: withMethods(harness.store, { get: gone, list: goneLater }) }
  }
  // A command may ask for one of them before all are asked for.
  await expect(checkModel({ open, runs: 3, seed: 1, maxCommands: 1 })).rejects.toThrow('the connection is closed')
  // Vitest fails a run with a rejection that nobody handles.
  await new Promise<void>((resolve) => systemRuntime.setTimer(50, resolve))
})
