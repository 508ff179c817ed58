import { GoschedsError } from '@goscheds/core'
import type { Connections } from './connections.js'
import type { RedisClient } from './redis-client.js'
import { pause } from './timers.js'

/** Gets each message; `undefined` after a break, when messages may have been missed. */
type Listener = (message: string | undefined) => void

/** The one connection of a store that listens to published hints. It is made anew when it breaks. */
export class HintSubscriber {
  readonly #connections: Connections
  readonly #channels = new Map<string, Set<Listener>>()
  readonly #closed = new AbortController()
  #client: Promise<RedisClient> | undefined
  #key = ''

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /**
   * Calls `listener` for each message on the channel, which is named as the server knows it, until the returned
   * function is called. Resolves when the subscription has taken hold.
   */
  async listen(channel: string, listener: Listener): Promise<() => Promise<void>> {
    this.#key = channel
    const listeners = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, listeners.add(listener))
    const stop = async (): Promise<void> => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#channels.get(channel) !== listeners) return
      this.#channels.delete(channel)
      await this.#client?.then((client) => client.call('unsubscribe', [channel])).catch(() => {})
    }
    try {
      await (await this.#connected()).call('subscribe', [channel])
      return stop
    } catch (error) {
      await stop()
      throw error
    }
  }

  /** Forgets all listeners and does not listen again; closing the connections closes its own. */
  close(): void {
    this.#closed.abort()
    this.#channels.clear()
  }

  #connected(): Promise<RedisClient> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }

  async #connect(): Promise<RedisClient> {
    const client = await this.#connections.openSpare(this.#key)
    client.on('message', (channel, message) => this.#tell(channel as string, message as string))
    client.on('close', () => {
      this.#client = undefined
      void this.#listenAgain()
    })
    if (client.status !== 'ready') throw new GoschedsError('STORE_FAILED', 'the connection to Redis broke')
    return client
  }

  #tell(channel: string, message: string | undefined): void {
    for (const listener of [...(this.#channels.get(channel) ?? [])]) listener(message)
  }

  async #listenAgain(): Promise<void> {
    for (let attempt = 1; !this.#closed.signal.aborted && this.#channels.size > 0; attempt++) {
      try {
        const channels = [...this.#channels.keys()]
        await (await this.#connected()).call('subscribe', channels)
        for (const channel of channels) this.#tell(channel, undefined)
        return
      } catch {
        await pause(Math.min(50 * attempt, 2_000) * (0.75 + Math.random() / 2), this.#closed.signal)
      }
    }
  }
}
