import { GoschedsError } from '@goscheds/core'
import type { Connections } from './connections.js'
import type { RedisClient } from './redis-client.js'
import { pause, untilAborted, untilSettled } from './timers.js'

/** How much longer than its time-out a wait may take before its connection is taken for dead. */
const GUARD_MS = 5_000
/** How long an aborted wait may go on before its connection is dropped. */
const ABORT_GUARD_MS = 1_000
const UNBLOCK_AGAIN_MS = 5
/**
 * Redis looks at the time-outs of its clients `hz` times a second, by default ten. A shorter wait is one for a time, and is ended
 * from here.
 */
const EXACT_BELOW_MS = 5_000

/** What one wait sends: the registration of the inbox, the move that blocks, and what is to be done after it. */
export interface BlockRequest {
  readonly register: readonly (string | number)[]
  readonly from: string
  readonly to: string
  /** A command, sent behind the move so that it costs no round trip. */
  readonly after: readonly (string | number)[] | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What a wait came to. */
export interface BlockReply {
  /** By the server's clock, in milliseconds. */
  readonly registeredAt: number
  /** What the command behind the move answered. */
  readonly after: unknown
}

/** A connection that one idle lane blocks on at a time. It is of no use any more once it `isBroken`. */
export class BlockingConnection {
  readonly #connections: Connections
  readonly #key: string
  readonly #opened: Promise<void>
  #client: RedisClient | undefined
  #clientId = 0
  readonly #broken = new AbortController()

  constructor(connections: Connections, key: string) {
    this.#connections = connections
    this.#key = key
    this.#opened = this.#open()
    // Whoever blocks on it learns of the failure there.
    this.#opened.catch(() => {})
  }

  get isBroken(): boolean {
    return this.#broken.signal.aborted
  }

  /** Resolves when the connection can be blocked on; rejects when it cannot be made. */
  whenOpen(): Promise<void> {
    return this.#opened
  }

  /**
   * Blocks until a ticket has been moved, the time is over, the signal aborts or the connection breaks. Resolves to nothing
   * where `after` has not been done. Rejects with what Redis answers when it refuses to block.
   */
  async block({ register, from, to, after, timeoutMs, signal }: BlockRequest): Promise<BlockReply | undefined> {
    const client = this.#client
    if (client === undefined || signal.aborted) return undefined
    const over = new AbortController()
    const end = (): void => void this.#end(over.signal)
    // Something is there already, so there is nothing to wait for.
    const onRegistered = (error: Error | null, registered: unknown): void => {
      if (error === null && Number((registered as unknown[])[0]) > 0) end()
    }
    const seconds = (Math.max(1, timeoutMs) / 1_000).toFixed(3)
    const replies = client
      .pipeline([
        ['eval', ...register, onRegistered],
        ['blmove', from, to, 'RIGHT', 'LEFT', seconds],
        ...(after === undefined ? [] : [[...after]]),
      ])
      .exec()
    const guard = setTimeout(() => this.drop(), timeoutMs + GUARD_MS)
    const alarm = timeoutMs < EXACT_BELOW_MS ? setTimeout(end, timeoutMs) : undefined
    signal.addEventListener('abort', end)
    try {
      // A server that does not answer keeps a dropped connection for a while; nobody waits for that.
      return await untilAborted(replies.then(readReplies), this.#broken.signal)
    } catch (error) {
      if (!this.isBroken) throw error
      return undefined
    } finally {
      over.abort()
      clearTimeout(guard)
      clearTimeout(alarm)
      signal.removeEventListener('abort', end)
    }
  }

  /** Closes the connection; a wait on it returns. */
  drop(): void {
    this.#broken.abort()
    this.#client?.disconnect()
  }

  async #open(): Promise<void> {
    try {
      const client = await this.#connections.openSpare(this.#key)
      this.#client = client
      client.on('close', () => this.#broken.abort())
      this.#clientId = Number(await client.call('client', ['id']))
      if (this.isBroken || client.status !== 'ready')
        throw new GoschedsError('STORE_FAILED', 'the connection to Redis broke while it was made')
    } catch (error) {
      this.drop()
      throw error
    }
  }

  /** Ends the block under way. Its BLMOVE travels on another connection, so the first tries may overtake it. */
  async #end(over: AbortSignal): Promise<void> {
    try {
      const deadline = performance.now() + ABORT_GUARD_MS
      for (let left = ABORT_GUARD_MS; !over.aborted && left > 0; left = deadline - performance.now()) {
        const unblocked = this.#connections.unblock(this.#key, this.#clientId)
        await untilSettled(unblocked, left, () => new Error('no answer to CLIENT UNBLOCK'))
        await pause(UNBLOCK_AGAIN_MS, over)
      }
    } catch {
      // Refused, or away: closing the connection ends the block as well.
    }
    if (!over.aborted) this.drop()
  }
}

/** A move that was refused is no reason to lose what was done behind it. */
function readReplies(replies: readonly [error: Error | null, result: unknown][] | null): BlockReply | undefined {
  const [registered, moved, after] = replies ?? []
  const isDone = after !== undefined && after[0] === null
  const refusal = registered?.[0] ?? moved?.[0] ?? null
  if (refusal !== null && !isDone) throw refusal
  return isDone ? { registeredAt: Number((registered?.[1] as unknown[] | null)?.[1]), after: after[1] } : undefined
}
