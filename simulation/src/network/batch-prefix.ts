import type { PlainMethod } from './remote-store.js'

/** What they hand out or show has no part that takes effect by itself. */
const NO_BATCH = new Set<PlainMethod>(['claim', 'list', 'audit', 'get'])
const LISTS = ['jobs', 'entries', 'leases', 'fires', 'ids', 'names', 'limit'] as const

/**
 * The input of a call cut to a prefix of its batch, as when the connection breaks between two chunks; `undefined` when
 * the call is no batch of two or more.
 */
export function batchPrefix(method: PlainMethod, input: unknown, random: number): unknown {
  if (NO_BATCH.has(method) || typeof input !== 'object' || input === null) return undefined
  const batch = input as Record<string, unknown>
  for (const key of LISTS) {
    const value = batch[key]
    if (Array.isArray(value) && value.length > 1) {
      return { ...batch, [key]: value.slice(0, 1 + Math.floor(random * (value.length - 1))) }
    }
    if (key === 'limit' && typeof value === 'number' && value > 1)
      return { ...batch, limit: 1 + Math.floor(random * 3) }
  }
  return undefined
}
