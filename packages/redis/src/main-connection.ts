import { GoschedsError } from '@goscheds/core'
import { untilSettled } from './timers.js'
import type { RedisClient, RedisClusterClient } from './redis-client.js'

/** How long a call waits for a connection before it rejects. Below the time-out that core gives a call. */
export const PATIENCE_MS = 5_000

/**
 * The connection that commands go through. A call waits up to {@link PATIENCE_MS} for the connection to be there
 * and then rejects, so that nothing piles up while Redis is away and no claim is sent for a caller that has gone.
 */
export class MainConnection {
  readonly client: RedisClient | RedisClusterClient
  readonly #isOurs: boolean
  readonly #pending = new Set<(reason: GoschedsError) => void>()
  #becomingReady: Promise<void> | undefined
  #lastError: Error | undefined
  #isClosed = false
  readonly #onError = (error: unknown): void => {
    this.#lastError = error as Error
  }

  /** `isOurs`: the store made the client and closes it; else it is the user's. */
  constructor(client: RedisClient | RedisClusterClient, isOurs: boolean) {
    this.client = client
    this.#isOurs = isOurs
    // A user's client keeps its own handling of errors: a listener of ours would silence it.
    if (isOurs) client.on('error', this.#onError)
  }

  /** Sends a command. Rejects with what Redis answers, or with `STORE_FAILED` when it is away or this is closed. */
  async call(command: string, args: readonly (string | number)[]): Promise<unknown> {
    if (this.client.status !== 'ready' || this.#isClosed) await this.whenReady()
    return new Promise((resolve, reject) => {
      const done = (): void => void this.#pending.delete(reject)
      this.#pending.add(reject)
      this.client.call(command, args as (string | number)[]).then(
        (reply) => {
          done()
          resolve(reply)
        },
        (error: Error) => {
          done()
          reject(error)
        },
      )
    })
  }

  /** Resolves when commands can be sent. */
  async whenReady(): Promise<void> {
    if (this.#isClosed) throw new GoschedsError('STORE_FAILED', 'the Redis store is closed')
    if (this.client.status === 'ready') return
    this.#becomingReady ??= this.#waitForReady().finally(() => (this.#becomingReady = undefined))
    await this.#becomingReady
  }

  /** Rejects the calls under way and those to come. */
  close(): void {
    this.#isClosed = true
    for (const reject of this.#pending) reject(new GoschedsError('STORE_FAILED', 'the Redis store was closed'))
    this.#pending.clear()
  }

  async #waitForReady(): Promise<void> {
    const { client } = this
    if (client.status === 'wait' || (client.status === 'end' && this.#isOurs)) {
      client.connect().catch(this.#onError)
    }
    let cancel: (reason: GoschedsError) => void = () => {}
    let settle: (() => void) | undefined
    const settled = new Promise<void>((resolve, reject) => {
      settle = (): void => {
        if (client.status === 'ready') resolve()
        else reject(this.#away('its client has been closed'))
      }
      cancel = reject
    })
    const onChange = settle ?? ((): void => {})
    client.on('ready', onChange)
    client.on('end', onChange)
    this.#pending.add(cancel)
    try {
      await untilSettled(settled, PATIENCE_MS, () => this.#away(`it was not there for ${PATIENCE_MS / 1_000} s`))
    } finally {
      client.off('ready', onChange)
      client.off('end', onChange)
      this.#pending.delete(cancel)
    }
  }

  #away(what: string): GoschedsError {
    const cause = this.#lastError
    const detail = cause === undefined ? '' : ` (${cause.message})`
    return new GoschedsError('STORE_FAILED', `Redis cannot be reached: ${what}${detail}`, { cause })
  }
}
