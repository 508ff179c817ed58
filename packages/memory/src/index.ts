export type { ManualClockOptions } from '@goscheds/core'
export { ManualClock } from '@goscheds/core'
export type { MemoryStoreOptions } from './memory-store.js'
export { MemoryStore } from './memory-store.js'
