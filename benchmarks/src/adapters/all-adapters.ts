import type { Adapter } from './adapter.js'
import { beeQueue } from './bee-queue.js'
import { bullmq } from './bullmq.js'
import { memory } from './memory.js'
import { redis } from './redis.js'

/** The stores of goscheds, in the order of the report. */
export const allStores: readonly Adapter[] = [memory, redis]

/** The libraries that it is compared with. */
export const allPeers: readonly Adapter[] = [bullmq, beeQueue]

/** Everything that can be measured. */
export const allAdapters: readonly Adapter[] = [...allStores, ...allPeers]
