import { type BlockReply, BlockingConnection, type BlockRequest } from './blocking-connection.js'
import type { Connections } from './connections.js'
import type { HintSubscriber } from './hint-subscriber.js'
import type { Keys } from './keys.js'
import type { Script } from './lua-source.js'
import { linked, pause, untilAborted } from './timers.js'

/** How much longer than its BLMOVE an inbox stays registered: for a server that is slow to end it. */
const REGISTERED_MARGIN_MS = 5_000

/** What `waitForReady` gets from core. */
export interface WaitInput {
  readonly name: string
  readonly worker: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** The command that claims, if the store is to do so when the wait is over. */
  readonly after?: ((keys: Keys) => readonly (string | number)[]) | undefined
}

/** What {@link ReadyWaits} works with. */
export interface ReadyWaitsOptions {
  readonly connections: Connections
  readonly subscriber: HintSubscriber
  /** lua/wait-for-ready.lua */
  readonly register: Script
  /** How many connections it may block on. */
  readonly max: number
  /** Whether the work queue of a name holds anything. */
  readonly isReady: (name: string) => Promise<boolean>
}

/**
 * The idle lanes of this process. Each blocks on a connection of its own, up to a bound, and those connections are
 * used again; the lanes beyond it wait for the hint that a work queue is no longer empty.
 */
export class ReadyWaits {
  readonly #connections: Connections
  readonly #subscriber: HintSubscriber
  readonly #register: Script
  readonly #max: number
  readonly #isReady: (name: string) => Promise<boolean>
  readonly #idle: BlockingConnection[] = []
  readonly #all = new Set<BlockingConnection>()
  readonly #waiting = new Set<AbortController>()
  #isClosed = false

  constructor(options: ReadyWaitsOptions) {
    this.#connections = options.connections
    this.#subscriber = options.subscriber
    this.#register = options.register
    this.#max = options.max
    this.#isReady = options.isReady
  }

  /**
   * Returns when there is probably something to claim; rejects when Redis cannot be reached. `opened`: the keys as
   * the server knows them. Resolves to what `after` answered, where it was done.
   */
  async wait(input: WaitInput, opened: Promise<Keys>): Promise<BlockReply | undefined> {
    const { controller, release } = linked(input.signal)
    const { signal } = controller
    this.#waiting.add(controller)
    if (this.#isClosed) controller.abort()
    try {
      await untilAborted(opened, signal)
      if (signal.aborted || input.timeoutMs <= 0) return undefined
      return await this.#waitFor({ ...input, signal }, await opened)
    } catch (error) {
      if (!signal.aborted) throw error
      return undefined
    } finally {
      release()
      this.#waiting.delete(controller)
    }
  }

  /** Ends all waits, and those to come. */
  close(): void {
    this.#isClosed = true
    for (const controller of this.#waiting) controller.abort()
    for (const connection of this.#all) connection.drop()
  }

  async #waitFor(input: WaitInput, keys: Keys): Promise<BlockReply | undefined> {
    const connection = this.#take(keys.jobs)
    if (connection === undefined) return this.#waitForHint(input, keys)
    try {
      await untilAborted(connection.whenOpen(), input.signal)
      return await connection.block(this.#requestOf(input, keys))
    } catch (error) {
      // A full Redis refuses to move a job, though it lets workers claim: look again when there is something.
      if (/^OOM/.test((error as Error).message)) return await this.#waitForHint(input, keys)
      connection.drop()
      throw error
    } finally {
      this.#give(connection)
    }
  }

  #requestOf({ name, worker, timeoutMs, signal, after }: WaitInput, keys: Keys): BlockRequest {
    const registeredMs = timeoutMs + REGISTERED_MARGIN_MS
    return {
      register: [this.#register.source, 1, keys.jobs, name, worker, registeredMs],
      from: keys.ready(name),
      to: keys.inbox(name, worker),
      after: after?.(keys),
      timeoutMs,
      signal,
    }
  }

  #take(key: string): BlockingConnection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.isBroken) return idle
      this.#all.delete(idle)
    }
    if (this.#all.size >= this.#max) return undefined
    const connection = new BlockingConnection(this.#connections, key)
    this.#all.add(connection)
    return connection
  }

  #give(connection: BlockingConnection): void {
    if (connection.isBroken) this.#all.delete(connection)
    else this.#idle.push(connection)
  }

  async #waitForHint({ name, timeoutMs, signal }: WaitInput, keys: Keys): Promise<undefined> {
    const { controller: waiting, release } = linked(signal)
    const listening = this.#subscriber.listen(keys.ready(name), () => waiting.abort())
    try {
      await untilAborted(listening, waiting.signal)
      // What was pushed before the subscription took hold has been told to nobody here.
      if (!waiting.signal.aborted && !(await this.#isReady(name))) await pause(timeoutMs, waiting.signal)
      return undefined
    } finally {
      release()
      listening.then(
        (stop) => stop(),
        () => {},
      )
    }
  }
}
