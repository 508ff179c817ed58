import { Inspector, type Store } from '@goscheds/core'
import { Redis } from 'ioredis'
import { inject, onTestFinished } from 'vitest'
import { openManualRedisStore } from '../src/testing.js'
import { ownNamespace } from './store-rig.js'

/** A store, its keys, and what an audit says of them. */
export interface Rig {
  readonly store: Store
  readonly client: Redis
  /** A key of the namespace. */
  readonly key: (rest: string) => string
  /** What `verify` finds: kind, and id, or name where it is about no job. */
  readonly found: (limit?: number) => Promise<string[]>
}

/** A rig on a namespace of its own. */
export async function aRig(connection = inject('redisUrl')): Promise<Rig> {
  const namespace = ownNamespace()
  const client = new Redis(connection)
  const { store, close } = await openManualRedisStore({ connection, namespace })
  onTestFinished(async () => {
    await close()
    client.disconnect()
  })
  return {
    ...{ store, client, key: (rest) => `{${namespace}}:${rest}` },
    async found(limit = 4) {
      const { findings } = await new Inspector({ store }).verify({ limit })
      return findings.map(({ kind, id, name }) => `${kind} ${id ?? name ?? ''}`.trim()).sort()
    },
  }
}

/** The ticket that a job stands under while it is not active. */
export async function ticketOf(store: Store, id: string): Promise<string> {
  const [job] = await store.get({ ids: [id] })
  if (job === null || job === undefined) throw new Error(`there is no ${id}`)
  return `a${job.generation}\t${job.claims}\t${id}\t${job.name}`
}

/** Something that a hand, or a lost write, does to the keys. */
export type Damage = (rig: Rig) => Promise<unknown>

/** Takes the job out of a place, and leaves its records. */
export function removed(place: string, id: string): Damage {
  return async ({ store, client, key }) => {
    const ticket = await ticketOf(store, id)
    if (place.endsWith('ready')) await client.lrem(key(place), 1, ticket)
    else await client.zrem(key(place), ticket, `${ticket.split('\t')[0] ?? ''}\t${id}`)
  }
}

/** Drops the record of the job, and leaves the rest. */
export function forgotten(id: string): Damage {
  return ({ client, key }) => client.hdel(key('jobs'), id)
}

/** Puts the ticket of the job into a list. */
export function pushed(place: string, id: string): Damage {
  return async ({ store, client, key }) => client.lpush(key(place), await ticketOf(store, id))
}

/** Writes nonsense into a hash. */
export function damaged(hash: string, id: string): Damage {
  return ({ client, key }) => client.hset(key(hash), id, 'damaged')
}
