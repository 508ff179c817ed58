import { GoschedsError, InvalidArgumentError } from '@goscheds/core'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { MainConnection, PATIENCE_MS } from './main-connection.js'
import { isCluster, type RedisClient, type RedisClusterClient } from './redis-client.js'
import type { RedisClusterConnection, RedisConnection } from './redis-store-options.js'
import { untilSettled } from './timers.js'

/** After so long ioredis destroys a socket that does not close; it keeps a timer for it, and with it the process. */
const DISCONNECT_MS = 100

/**
 * Spare connections never reconnect, queue or repeat by themselves: one that breaks is dropped and a new one made,
 * so that what was sent on it is known to be over. Options of a user's client that would cut a wait short are off.
 */
const SPARE: Readonly<Record<string, unknown>> = {
  lazyConnect: true,
  retryStrategy: () => null,
  reconnectOnError: null,
  maxRetriesPerRequest: null,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableAutoPipelining: false,
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
  readOnly: false,
  monitor: false,
  disconnectTimeout: DISCONNECT_MS,
  scripts: undefined,
  // Keys come with their prefix, and channels must not get another.
  keyPrefix: '',
}

/** How long closing waits at most; above the time after which ioredis destroys a socket that does not close. */
const END_MS = 3_000

/** The connections of one store: one for commands, and spare ones to wait and to listen on. */
export class Connections {
  readonly main: MainConnection
  readonly #isOurs: boolean
  readonly #spares = new Set<RedisClient>()
  #isClosed = false

  constructor(connection: RedisConnection) {
    checkConnection(connection)
    this.#isOurs = !isClient(connection)
    this.main = new MainConnection(isClient(connection) ? connection : connect(connection), this.#isOurs)
  }

  /** A new connection, ready for commands, to the server that holds `key`. Closed by the caller, or with the rest. */
  async openSpare(key: string): Promise<RedisClient> {
    await this.main.whenReady()
    const spare = (await this.#serverOf(key)).duplicate(SPARE)
    let lastError: Error | undefined
    this.#spares.add(spare)
    spare.on('end', () => this.#spares.delete(spare))
    spare.on('error', (error) => {
      lastError = error as Error
    })
    try {
      if (this.#isClosed) throw new Error('the Redis store is closed')
      await untilSettled(spare.connect(), PATIENCE_MS, () => new Error(`no connection within ${PATIENCE_MS} ms`))
      return spare
    } catch (error) {
      spare.disconnect()
      const cause = lastError ?? (error as Error)
      throw new GoschedsError('STORE_FAILED', `Redis cannot be reached: ${cause.message}`, { cause })
    }
  }

  /** Ends the blocking command of that connection, if there is one. → whether there was one */
  async unblock(key: string, clientId: number): Promise<boolean> {
    return Number(await (await this.#serverOf(key)).call('client', ['unblock', clientId])) === 1
  }

  /** Closes every connection that the store has made; resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.main.close()
    const ours = this.#isOurs ? [this.main.client, ...this.#spares] : [...this.#spares]
    await Promise.all(ours.map(end))
  }

  async #serverOf(key: string): Promise<RedisClient> {
    const { client } = this.main
    if (!isCluster(client)) return client
    const slot = Number(await this.main.call('cluster', ['keyslot', key]))
    const node = client.slots[slot]?.[0]
    const server = client.nodes('master').find(({ options }) => `${options.host}:${options.port}` === node)
    if (server === undefined) throw new GoschedsError('STORE_FAILED', `no node of the cluster serves slot ${slot}`)
    return server
  }
}

function checkConnection(connection: unknown): void {
  if (typeof connection === 'object' && connection !== null) return
  if (typeof connection === 'string' && /^(rediss?:\/\/|\/)./i.test(connection)) return
  const kinds = "a URL ('redis://…', 'rediss://…'), a socket's path, ioredis options, { nodes, options } or a client"
  throw new InvalidArgumentError(`connection must be ${kinds}`)
}

function isClient(connection: RedisConnection): connection is RedisClient | RedisClusterClient {
  return typeof connection === 'object' && 'call' in connection && typeof connection.call === 'function'
}

/** Resolves when the client has let go of its socket; ioredis does it by force when the server does not answer. */
async function end(client: Pick<RedisClient, 'status' | 'disconnect' | 'on'>): Promise<void> {
  if (client.status === 'end') return
  const ended = new Promise<void>((resolve) => void client.on('end', () => resolve()))
  // Between two tries to connect there is no socket, and ioredis says no more.
  const isOver = client.status === 'reconnecting'
  client.disconnect()
  if (!isOver) await untilSettled(ended, END_MS, () => new Error('not closed')).catch(() => {})
}

/** Reconnects for ever; the pauses grow to 2 s and are spread, so that a fleet does not come back as one. */
function retryStrategy(times: number): number {
  return Math.min(50 * times, 2_000) * (0.75 + Math.random() / 2)
}

/** A master that has become a replica refuses to write: a new connection may lead to the new master. */
function reconnectOnError(error: Error): boolean {
  return error.message.includes('READONLY')
}

function connect(connection: Exclude<RedisConnection, RedisClient>): RedisClient | RedisClusterClient {
  // A command that was sent when the connection broke is repeated a few times, and then rejects.
  const defaults = {
    ...{ retryStrategy, reconnectOnError, maxRetriesPerRequest: 12, connectTimeout: PATIENCE_MS },
    ...{ disconnectTimeout: DISCONNECT_MS },
  }
  if (typeof connection === 'string') return new Redis(connection, { ...defaults, lazyConnect: true })
  // The exact types of ioredis want to know which shape replies have; scripts do not use what differs.
  if (!isClusterConnection(connection)) {
    const options = { ...defaults, ...(connection as RedisOptions), lazyConnect: true }
    return new Redis(options as typeof options & { replyMapping: 'legacy' })
  }
  const { nodes, options } = connection
  const redisOptions = { reconnectOnError, connectTimeout: PATIENCE_MS, ...options?.redisOptions }
  return new Cluster([...nodes], {
    ...{ clusterRetryStrategy: retryStrategy, ...options, lazyConnect: true },
    redisOptions: redisOptions as typeof redisOptions & { replyMapping: 'legacy' },
  })
}

function isClusterConnection(connection: object): connection is RedisClusterConnection {
  return 'nodes' in connection && Array.isArray(connection.nodes)
}
