import { openManualMemoryStore } from '@goscheds/memory/testing'
import { expect, test } from 'vitest'
import { conformanceCases, runCase, type StoreHarness } from '../src/index.js'

test('a store of one handle that answers nothing once it is closed passes the cases that close it', async () => {
  const open = async (): Promise<StoreHarness> => {
    const manual = openManualMemoryStore()
    let isClosed = false
    const store = new Proxy(manual.store, {
      get(target, key): unknown {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        return async (...input: unknown[]): Promise<unknown> => {
          if (isClosed && key !== 'close') throw new Error('the store is closed')
          isClosed ||= key === 'close'
          return Reflect.apply(value, target, input) as unknown
        }
      },
    })
    return { ...manual, store }
  }
  const closing = conformanceCases.filter(({ id }) => id.startsWith('lifecycle/close'))
  expect(closing).toHaveLength(2)
  for (const one of closing) expect(await runCase(one, { open })).toEqual({ status: 'passed' })
})
