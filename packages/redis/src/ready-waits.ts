import { setMaxListeners } from 'node:events'
import { type BlockReply, BlockingConnection, type BlockRequest } from './blocking-connection.js'
import type { Connections } from './connections.js'
import type { HintSubscriber } from './hint-subscriber.js'
import type { Keys } from './keys.js'
import type { Script } from './lua-source.js'
import { pause, untilAborted } from './timers.js'

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
  readonly #closing = new AbortController()

  constructor(options: ReadyWaitsOptions) {
    this.#connections = options.connections
    this.#subscriber = options.subscriber
    this.#register = options.register
    this.#max = options.max
    this.#isReady = options.isReady
    // Every wait listens.
    setMaxListeners(0, this.#closing.signal)
  }

  /**
   * Returns when there is probably something to claim; rejects when Redis cannot be reached. `opened`: the keys as
   * the server knows them. Resolves to what `after` answered, where it was done.
   */
  async wait(input: WaitInput, opened: Promise<Keys>): Promise<BlockReply | undefined> {
    const signals = [input.signal, this.#closing.signal]
    try {
      const keys = await untilAborted(opened, ...signals)
      if (keys === undefined || signals.some(({ aborted }) => aborted) || input.timeoutMs <= 0) return undefined
      return await this.#waitFor(input, keys, signals)
    } catch (error) {
      if (!signals.some(({ aborted }) => aborted)) throw error
      return undefined
    }
  }

  /** Ends all waits, and those to come. */
  close(): void {
    this.#closing.abort()
    for (const connection of this.#all) connection.drop()
  }

  async #waitFor(input: WaitInput, keys: Keys, signals: readonly AbortSignal[]): Promise<BlockReply | undefined> {
    const connection = this.#take(keys.jobs)
    if (connection === undefined) return this.#waitForHint(input, keys, signals)
    try {
      if (!connection.isOpen) await untilAborted(connection.whenOpen(), ...signals)
      return await connection.block(this.#requestOf(input, keys, signals))
    } catch (error) {
      // A full Redis refuses to move a job, though it lets workers claim: look again when there is something.
      if (/^OOM/.test((error as Error).message)) return await this.#waitForHint(input, keys, signals)
      connection.drop()
      throw error
    } finally {
      this.#give(connection)
    }
  }

  #requestOf({ name, worker, timeoutMs, after }: WaitInput, keys: Keys, signals: readonly AbortSignal[]): BlockRequest {
    const registeredMs = timeoutMs + REGISTERED_MARGIN_MS
    return {
      register: [this.#register.source, 1, keys.jobs, name, worker, registeredMs],
      from: keys.ready(name),
      to: keys.inbox(name, worker),
      after: after?.(keys),
      timeoutMs,
      signals,
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

  async #waitForHint({ name, timeoutMs }: WaitInput, keys: Keys, signals: readonly AbortSignal[]): Promise<undefined> {
    const hinted = new AbortController()
    const listening = this.#subscriber.listen(keys.ready(name), () => hinted.abort())
    try {
      await untilAborted(listening, hinted.signal, ...signals)
      const isOver = [hinted.signal, ...signals].some(({ aborted }) => aborted)
      // What was pushed before the subscription took hold has been told to nobody here.
      if (!isOver && !(await this.#isReady(name))) await pause(timeoutMs, hinted.signal, ...signals)
      return undefined
    } finally {
      listening.then(
        (stop) => stop(),
        () => {},
      )
    }
  }
}
