import type { Store } from '@goscheds/core'
import { type ManualRedisStore, openManualRedisStore } from '@goscheds/redis/testing'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { NO_WORK, ServerMeter, type ServerWork, workBetween } from './server-meter.js'
import { StepClock } from './step-clock.js'

/** The library's default: the server is nobody else's, and names of keys are bytes on the wire. */
const NAMESPACE = 'goscheds'

/** Turns of the event loop in which core, with no call of the store under way, makes the next one if it makes any. */
const QUIET_TURNS = 5

/**
 * A fresh Redis server with a store whose time stands still, as does core's, until {@link Stage.advance} moves both. So how much
 * of what happens depends on the work alone: not on how fast the machine is, or what else it does.
 */
export class Stage {
  readonly store: Store
  readonly clock: StepClock
  readonly meter: ServerMeter
  readonly #manual: ManualRedisStore
  readonly #stopServer: () => Promise<void>
  #underWay = 0
  /** How often a call or a wait has begun or ended. */
  #begunAndEnded = 0
  #fault: Error | undefined
  /** What moving the store's time has cost, which no program of a user's does. */
  #ofClock = NO_WORK
  readonly #waits = new Set<{ readonly endsAt: number }>()

  private constructor(parts: {
    readonly manual: ManualRedisStore
    readonly clock: StepClock
    readonly meter: ServerMeter
    readonly stopServer: () => Promise<void>
  }) {
    this.clock = parts.clock
    this.meter = parts.meter
    this.#manual = parts.manual
    this.#stopServer = parts.stopServer
    this.store = this.#watched(parts.manual.store)
  }

  /** @throws Error that says what to do, when there is no Redis server on this machine. */
  static async open(): Promise<Stage> {
    const server = await startOwnTestRedis()
    const manual = await openManualRedisStore({ connection: server.url, namespace: NAMESPACE })
    return new Stage({
      ...{ manual, stopServer: () => server.stop() },
      clock: new StepClock(await manual.now()),
      meter: await ServerMeter.open(server.url),
    })
  }

  /** What the server does meanwhile, from one moment of quiet to the next. */
  async workOf(act: () => Promise<unknown>): Promise<ServerWork> {
    await this.quiet()
    this.#ofClock = NO_WORK
    const before = await this.meter.read()
    await act()
    await this.quiet()
    return workBetween(this.#ofClock, workBetween(before, await this.meter.read()))
  }

  /** To be told of what must not happen in a scenario: the next moment of quiet rejects with it. */
  fail(error: Error): void {
    this.#fault ??= error
  }

  /** Resolves when core has nothing more to do at this time, and all that waits for jobs does so at the server. */
  async quiet(): Promise<void> {
    let [seen, blocked] = [0, 0]
    do {
      seen = this.#begunAndEnded
      blocked = await this.meter.blocked()
      for (let turn = 0; turn < QUIET_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
    } while (this.#underWay > 0 || this.#begunAndEnded !== seen || blocked !== this.#waits.size)
    if (this.#fault !== undefined) throw this.#fault
  }

  /** Moves time forward, from timer to timer, with quiet after each. */
  async advance(ms: number): Promise<void> {
    const target = this.clock.monotonic() + ms
    while (this.clock.monotonic() < target) {
      const waitsEndAt = Math.min(...Array.from(this.#waits, ({ endsAt }) => endsAt))
      const next = Math.min(target, waitsEndAt, this.clock.monotonic() + this.clock.nextInMs)
      await this.#step(next - this.clock.monotonic())
      if (next >= waitsEndAt) {
        await this.meter.endWaits()
        await this.quiet()
      }
    }
  }

  /** Closes the store and stops the server. */
  async close(): Promise<void> {
    this.meter.close()
    await this.#manual.close()
    await this.#stopServer()
  }

  async #step(ms: number): Promise<void> {
    const before = await this.meter.read()
    await this.#manual.advance(ms)
    const after = await this.meter.read()
    this.#ofClock = workBetween(workBetween(after, before), this.#ofClock)
    this.clock.step(ms)
    await this.quiet()
  }

  /** The same store, whose calls are counted while they are under way. */
  #watched(store: Store): Store {
    const call = async (method: (...args: unknown[]) => Promise<unknown>, args: unknown[]): Promise<unknown> => {
      this.#underWay++
      this.#begunAndEnded++
      try {
        return await method(...args)
      } finally {
        this.#underWay--
        this.#begunAndEnded++
      }
    }
    const wait: Store['waitForReady'] = async (input) => {
      const wait = { endsAt: this.clock.monotonic() + input.timeoutMs }
      this.#waits.add(wait)
      this.#begunAndEnded++
      try {
        return await store.waitForReady(input)
      } finally {
        this.#waits.delete(wait)
        this.#begunAndEnded++
      }
    }
    return new Proxy(store, {
      get(target, key: keyof Store) {
        if (key === 'waitForReady') return wait
        const member: unknown = target[key]
        if (typeof member !== 'function') return member
        const method = member.bind(target) as (...args: unknown[]) => Promise<unknown>
        return (...args: unknown[]) => call(method, args)
      },
    })
  }
}
