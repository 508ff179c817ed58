import type { AuditKind, StoredJob } from '@goscheds/core'
import { ticketOf } from './job-record.js'
import type { Keys } from './keys.js'
import type { RedisStore } from './redis-store.js'

/** Sends one command to Redis. */
export type Command = (command: string, args: readonly (string | number)[]) => Promise<unknown>

/** Damages the stored data by way of a job that is there. */
export type PlantDamage = (id: string) => Promise<void>

/** What a lost write, a half-restored backup or a hand in `redis-cli` could leave behind, by the kind of damage. */
export function plantings(store: RedisStore, keys: Keys, call: Command): Readonly<Record<AuditKind, PlantDamage>> {
  const planting =
    (command: string, args: (job: StoredJob, ticket: string) => readonly (string | number)[]): PlantDamage =>
    async (id) => {
      const [job] = await store.get({ ids: [id] })
      if (job === null || job === undefined) throw new TypeError(`there is no job ${id} to plant damage with`)
      const { name, generation, claims } = job
      await call(command, args(job, ticketOf({ id, name, fence: { generation, claim: claims } })))
    }
  const forget = planting('hdel', ({ id }) => [keys.jobs, id])
  return {
    'lost-job': planting('lrem', ({ name }, ticket) => [keys.ready(name), 1, ticket]),
    'two-places': planting('lpush', ({ name }, ticket) => [keys.ready(name), ticket]),
    orphan: forget,
    'lease-without-job': forget,
    'unlisted-name': planting('srem', ({ name }) => [keys.names, name]),
    'wrong-count': planting('hincrby', ({ name }) => [keys.scheduledCounts, name, 1]),
    unreadable: planting('hset', ({ id }) => [keys.jobs, id, 'damaged']),
    leftover: planting('hset', ({ id }, ticket) => [keys.cancels, id, ticket.slice(0, ticket.indexOf('\t'))]),
  }
}
