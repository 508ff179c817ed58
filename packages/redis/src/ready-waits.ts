import { setMaxListeners } from 'node:events'
import { type BlockReply, BlockingConnection, type BlockRequest } from './blocking-connection.js'
import type { Connections } from './connections.js'
import type { HintSubscriber } from './hint-subscriber.js'
import type { Keys } from './keys.js'
import type { Script } from './lua-source.js'
import { pause, untilAborted } from './timers.js'

/** How much longer than its BLMOVE an inbox stays registered: for a server that is slow to end it. */
const REGISTERED_MARGIN_MS = 5_000

/**
 * How much longer it stays so for a worker that claims behind each wait, for its next ones: an idle lane would spend most of its
 * time at the server on registering. What a vanished worker had popped must be found half a minute after its wait.
 */
const KEPT_REGISTERED_MS = 25_000

const MAX_KEPT = 1_000

/** What `waitForReady` gets from core. */
export interface WaitInput {
  readonly name: string
  readonly worker: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** The command that claims, if the store is to do so when the wait is over, and whether its answer brings anything. */
  readonly after?:
    | {
        readonly command: (keys: Keys) => readonly (string | number)[]
        readonly hasBrought: (reply: unknown) => boolean
      }
    | undefined
}

/** What {@link ReadyWaits} works with. */
export interface ReadyWaitsOptions {
  readonly connections: Connections
  readonly subscriber: HintSubscriber
  /** lua/wait-for-ready.lua */
  readonly register: Script
  /** Whether it may rely on the server's own clock for how long an inbox is registered. */
  readonly keepsRegistrations: boolean
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
  readonly #keepsRegistrations: boolean
  /** By name and worker, until when, by this process's monotonic clock, its inbox is registered. */
  readonly #registered = new Map<string, number>()
  readonly #max: number
  readonly #isReady: (name: string) => Promise<boolean>
  readonly #idle: BlockingConnection[] = []
  readonly #all = new Set<BlockingConnection>()
  readonly #closing = new AbortController()

  constructor(options: ReadyWaitsOptions) {
    this.#connections = options.connections
    this.#subscriber = options.subscriber
    this.#register = options.register
    this.#keepsRegistrations = options.keepsRegistrations
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
      const request = this.#requestOf(input, keys, signals)
      const sentAt = performance.now()
      const reply = await connection.block(request)
      if (request.register !== undefined && reply !== undefined && !Number.isNaN(reply.begunAt)) {
        if (this.#registered.size >= MAX_KEPT) this.#registered.clear()
        this.#registered.set(inboxOf(input), sentAt + this.#registeredMs(input))
      }
      return reply
    } catch (error) {
      // A full Redis refuses to move a job, though it lets workers claim: look again when there is something.
      if (/^OOM/.test((error as Error).message)) return await this.#waitForHint(input, keys, signals)
      connection.drop()
      throw error
    } finally {
      this.#give(connection)
    }
  }

  #requestOf(input: WaitInput, keys: Keys, signals: readonly AbortSignal[]): BlockRequest {
    const { name, worker, timeoutMs, after } = input
    const neededUntil = performance.now() + timeoutMs + REGISTERED_MARGIN_MS
    const isRegistered = after !== undefined && (this.#registered.get(inboxOf(input)) ?? 0) >= neededUntil
    return {
      register: isRegistered
        ? undefined
        : [this.#register.source, 1, keys.jobs, name, worker, this.#registeredMs(input)],
      from: keys.ready(name),
      to: keys.inbox(name, worker),
      after: after?.command(keys),
      hasBrought: after?.hasBrought ?? (() => false),
      timeoutMs,
      signals,
    }
  }

  #registeredMs({ timeoutMs, after }: WaitInput): number {
    const isKept = after !== undefined && this.#keepsRegistrations
    return timeoutMs + (isKept ? KEPT_REGISTERED_MS : REGISTERED_MARGIN_MS)
  }

  #take(key: string): BlockingConnection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.isBroken) return idle
      this.#forget(idle)
    }
    if (this.#all.size >= this.#max) return undefined
    const connection = new BlockingConnection(this.#connections, key)
    this.#all.add(connection)
    return connection
  }

  #give(connection: BlockingConnection): void {
    if (connection.isBroken) this.#forget(connection)
    else this.#idle.push(connection)
  }

  #forget(broken: BlockingConnection): void {
    this.#all.delete(broken)
    // It may be another server from here on, that knows of no registration.
    this.#registered.clear()
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

function inboxOf({ name, worker }: WaitInput): string {
  return `${name}\t${worker}`
}
