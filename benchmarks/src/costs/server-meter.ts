import { Redis } from 'ioredis'

/** What a Redis server has done for its clients. */
export interface ServerWork {
  /** Commands that it performed, those of scripts included. */
  readonly commands: number
  /** Commands that clients sent. Two that travel in one write are two. */
  readonly requests: number
  /** Bytes that it read from clients. */
  readonly bytesIn: number
  /** Bytes that it wrote to clients. */
  readonly bytesOut: number
}

/** Nothing at all. */
export const NO_WORK: ServerWork = { commands: 0, requests: 0, bytesIn: 0, bytesOut: 0 }

/** What clients send, and scripts cannot call or do not. */
const SENT_BY_CLIENTS = /^(eval|evalsha|script|multi|exec|b[lrz]\w+|subscribe|unsubscribe|client|info|ping)$/

/**
 * Counts at a Redis server what others than the meter itself make it do. Its own commands are left out: `INFO` and
 * `CLIENT` by their number, and their bytes by what its own socket has carried.
 */
export class ServerMeter {
  readonly #redis: Redis
  #ownCommands = 0

  private constructor(redis: Redis) {
    this.#redis = redis
  }

  static async open(url: string): Promise<ServerMeter> {
    const redis = new Redis(url, { lazyConnect: true })
    await redis.connect()
    return new ServerMeter(redis)
  }

  /** All that the server has done so far. Only the difference of two means something. */
  async read(): Promise<ServerWork> {
    const { stream } = this.#redis
    // The reply is not counted yet when the server writes it, its request is.
    const bytesRead = stream.bytesRead
    const info = await this.#info()
    let [commands, requests] = [-(this.#ownCommands - 1), -(this.#ownCommands - 1)]
    for (const [, name = '', calls] of info.matchAll(/^cmdstat_([^|:\r\n]+).*?calls=(\d+)/gm)) {
      commands += Number(calls)
      if (SENT_BY_CLIENTS.test(name)) requests += Number(calls)
    }
    return {
      ...{ commands, requests },
      bytesIn: numberOf(info, 'total_net_input_bytes') - stream.bytesWritten,
      bytesOut: numberOf(info, 'total_net_output_bytes') - bytesRead,
    }
  }

  /** How many clients block on a list. */
  async blocked(): Promise<number> {
    return numberOf(await this.#info(), 'blocked_clients')
  }

  /** How many clients there are, the meter included. */
  async connected(): Promise<number> {
    return numberOf(await this.#info(), 'connected_clients')
  }

  /** Ends the waits of all clients that block, as if their time were over. */
  async endWaits(): Promise<void> {
    this.#ownCommands++
    const clients = String(await this.#redis.client('LIST'))
    for (const [, id = ''] of clients.matchAll(/^id=(\d+) .*flags=\S*b/gm)) {
      this.#ownCommands++
      await this.#redis.client('UNBLOCK', id, 'TIMEOUT')
    }
  }

  /** The memory of all keys, in bytes, with the server's structures behind them. Not between two readings. */
  async memory(): Promise<number> {
    const keys = await this.#redis.keys('*')
    const bytes = await Promise.all(keys.map((key) => this.#redis.memory('USAGE', key, 'SAMPLES', 0)))
    return bytes.reduce<number>((sum, each) => sum + Number(each), 0)
  }

  /** The server's name and version, and how it allocates memory: what its memory figures depend on. */
  async describeServer(): Promise<string> {
    const info = await this.#info()
    const version = field(info, 'valkey_version') ?? field(info, 'redis_version')
    return `${field(info, 'server_name') ?? 'redis'} ${version ?? '?'}, ${field(info, 'mem_allocator') ?? '?'}`
  }

  close(): void {
    this.#redis.disconnect()
  }

  async #info(): Promise<string> {
    this.#ownCommands++
    return await this.#redis.info('all')
  }
}

/** What was done between two readings. */
export function workBetween(before: ServerWork, after: ServerWork): ServerWork {
  return {
    commands: after.commands - before.commands,
    requests: after.requests - before.requests,
    bytesIn: after.bytesIn - before.bytesIn,
    bytesOut: after.bytesOut - before.bytesOut,
  }
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}

function numberOf(info: string, name: string): number {
  const value = Number(field(info, name))
  if (Number.isNaN(value)) throw new Error(`INFO of the Redis server has no number ${name}`)
  return value
}
