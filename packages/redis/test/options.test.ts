import { Inspector } from '@goscheds/core'
import { describe, expect, inject, it } from 'vitest'
import { RedisStore } from '../src/index.js'
import { aStore, ownNamespace } from './store-rig.js'

describe('mistakes with a RedisStore', () => {
  it.each([
    ['no options', undefined, 'new RedisStore({ connection, namespace })'],
    ['a URL in place of options', 'redis://localhost', 'new RedisStore({ connection, namespace })'],
    ['a misspelt option', { connection: 'redis://localhost', nameSpace: 'shop' }, "has no option 'nameSpace'"],
    ['no connection', {}, "connection must be a URL ('redis://…'"],
    ['a connection that is null', { connection: null }, 'connection must be a URL'],
    ['an empty URL', { connection: '' }, 'connection must be a URL'],
    ['another kind of URL', { connection: 'http://localhost' }, 'connection must be a URL'],
    ['a logger that is none', { connection: 'redis://localhost', logger: {} }, 'logger must have a method warn()'],
  ])('are refused at the constructor: %s', (_, options, message) => {
    expect(() => new RedisStore(options as never)).toThrow(message)
  })

  it('are refused at the call: a cursor of another list', async () => {
    const store = aStore({ connection: inject('redisUrl'), namespace: ownNamespace() })
    const inspector = new Inspector({ store })
    for (const state of ['ready', 'dead'] as const) {
      const listing = inspector.list({ name: 'a', state, cursor: 'nonsense' })
      await expect(listing).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
  })
})
