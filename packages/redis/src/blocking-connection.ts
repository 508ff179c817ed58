import { GoschedsError } from '@goscheds/core'
import type { Connections } from './connections.js'
import type { RedisClient } from './redis-client.js'
import { pause, untilSettled } from './timers.js'

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
  /** Absent where an earlier registration still covers this wait. */
  readonly register: readonly (string | number)[] | undefined
  readonly from: string
  readonly to: string
  /** A command, sent behind the move so that it costs no round trip. */
  readonly after: readonly (string | number)[] | undefined
  /** Whether what that command answered is worth more than the refusal of the move. */
  readonly hasBrought: (reply: unknown) => boolean
  readonly timeoutMs: number
  readonly signals: readonly AbortSignal[]
}

/** What a wait came to. */
export interface BlockReply {
  /** When the wait began, by the server's clock, in milliseconds; not a number where Redis refused to say. */
  readonly begunAt: number
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
  #isBroken = false
  /** Called when the connection breaks while something blocks on it. */
  #onBroken: (() => void) | undefined

  constructor(connections: Connections, key: string) {
    this.#connections = connections
    this.#key = key
    this.#opened = this.#open()
    // Whoever blocks on it learns of the failure there.
    this.#opened.catch(() => {})
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  get isOpen(): boolean {
    return this.#clientId !== 0
  }

  /** Resolves when the connection can be blocked on; rejects when it cannot be made. */
  whenOpen(): Promise<void> {
    return this.#opened
  }

  /**
   * Blocks until a ticket has been moved, the time is over, one of the signals aborts or the connection breaks. Resolves to
   * nothing where `after` has not been done. Rejects with what Redis answers when it refuses to block.
   */
  block({ register, from, to, after, hasBrought, timeoutMs, signals }: BlockRequest): Promise<BlockReply | undefined> {
    const client = this.#client
    if (client === undefined || this.isBroken || signals.some(({ aborted }) => aborted))
      return Promise.resolve(undefined)
    // Written out with calls in place of promises: what lies between the answer and the claimed job is what an idle worker is slow by.
    return new Promise((resolve, reject) => {
      let isOver = false
      let begunAt = Number.NaN
      let refusal: Error | null = null
      let ending: AbortController | undefined
      const end = (): void => void this.#end((ending ??= new AbortController()).signal)
      const finish = (reply: BlockReply | undefined): void => {
        if (isOver) return
        isOver = true
        clearTimeout(guard)
        clearTimeout(alarm)
        for (const signal of signals) signal.removeEventListener('abort', end)
        this.#onBroken = undefined
        ending?.abort()
        // A move that was refused is no reason to lose what was claimed behind it; but who claimed nothing is to hear of it, or
        // would wait, and be refused, again at once.
        if (refusal === null || this.isBroken || (reply !== undefined && hasBrought(reply.after))) resolve(reply)
        else reject(refusal)
      }
      const refuse = (error: unknown): void => {
        refusal ??= error as Error
      }
      const onRegistered = (registered: unknown): void => {
        const [inInbox, at] = registered as [unknown, unknown]
        begunAt = Number(at)
        // Something is there already, so there is nothing to wait for.
        if (Number(inInbox) > 0) end()
      }
      const onTime = (time: unknown): void => {
        const [seconds, micros] = time as [unknown, unknown]
        begunAt = Number(seconds) * 1_000 + Number(micros) / 1_000
      }
      const seconds = (Math.max(1, timeoutMs) / 1_000).toFixed(3)
      const guard = setTimeout(() => this.drop(), timeoutMs + GUARD_MS)
      const alarm = timeoutMs < EXACT_BELOW_MS ? setTimeout(end, timeoutMs) : undefined
      for (const signal of signals) signal.addEventListener('abort', end)
      // A server that does not answer keeps a dropped connection for a while; nobody waits for that.
      this.#onBroken = () => finish(undefined)
      // In one write, so that nothing comes between them.
      client.stream?.cork()
      try {
        if (register === undefined) client.call('time', []).then(onTime).catch(refuse)
        else
          client
            .call('eval', [...register])
            .then(onRegistered)
            .catch(refuse)
        const moved = client.call('blmove', [from, to, 'RIGHT', 'LEFT', seconds]).catch(refuse)
        if (after === undefined) {
          void moved.finally(() => finish(undefined))
        } else {
          const onAfter = (reply: unknown): void => finish({ begunAt, after: reply })
          client.call(String(after[0]), after.slice(1)).then(onAfter, () => finish(undefined))
        }
      } catch (error) {
        refuse(error)
        finish(undefined)
      } finally {
        client.stream?.uncork()
      }
    })
  }

  /** Closes the connection; a wait on it returns. */
  drop(): void {
    this.#isBroken = true
    this.#client?.disconnect()
    this.#onBroken?.()
  }

  async #open(): Promise<void> {
    try {
      const client = await this.#connections.openSpare(this.#key)
      this.#client = client
      client.on('close', () => {
        this.#isBroken = true
        this.#onBroken?.()
      })
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
