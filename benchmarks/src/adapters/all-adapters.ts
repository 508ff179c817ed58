import type { Adapter } from './adapter.js'
import { memory } from './memory.js'
import { redis } from './redis.js'

/** Every store that can be measured, in the order of the report. */
export const allAdapters: readonly Adapter[] = [memory, redis]
