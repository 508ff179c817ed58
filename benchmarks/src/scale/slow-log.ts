import { Redis } from 'ioredis'

/** Whatever takes longer is noted by the server, in microseconds. */
const SLOWER_THAN = '100'
const MAX_ENTRIES = 100_000

/** For how long single calls kept a Redis server busy, by its own clock: what no client did meanwhile counts as well. */
export class SlowLog {
  readonly #redis: Redis
  readonly #last: number

  private constructor(redis: Redis, last: number) {
    this.#redis = redis
    this.#last = last
  }

  /** Begins to note. */
  static async open(url: string): Promise<SlowLog> {
    const redis = new Redis(url, { lazyConnect: true })
    await redis.connect()
    await redis.config('SET', 'slowlog-log-slower-than', SLOWER_THAN)
    await redis.config('SET', 'slowlog-max-len', String(MAX_ENTRIES))
    const [newest] = (await redis.slowlog('GET', 1)) as SlowCall[]
    return new SlowLog(redis, newest?.[0] ?? -1)
  }

  /** The longest since it was opened, in milliseconds; 0 if none was noted. */
  async slowestMs(): Promise<number> {
    const calls = (await this.#redis.slowlog('GET', MAX_ENTRIES)) as SlowCall[]
    const microseconds = calls.filter(([id]) => id > this.#last).map(([, , took]) => took)
    return microseconds.reduce((longest, took) => Math.max(longest, took), 0) / 1_000
  }

  close(): void {
    this.#redis.disconnect()
  }
}

type SlowCall = readonly [id: number, at: number, tookMicroseconds: number, ...rest: unknown[]]
