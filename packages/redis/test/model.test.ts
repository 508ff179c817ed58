import { testModel } from '@goscheds/conformance'
import { inject } from 'vitest'
import { openManualRedisStore } from '../src/testing.js'

testModel({
  name: 'redis',
  runs: 1_000,
  open: ({ namespace }) => openManualRedisStore({ connection: inject('redisUrl'), namespace }),
})
