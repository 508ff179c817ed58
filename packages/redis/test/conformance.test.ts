import { testStore } from '@goscheds/conformance'
import { inject } from 'vitest'
import { openManualRedisStore } from '../src/testing.js'

testStore({
  name: 'redis',
  open: ({ namespace }) => openManualRedisStore({ connection: inject('redisUrl'), namespace }),
})
