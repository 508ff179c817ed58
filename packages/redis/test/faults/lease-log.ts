import type { Redis } from 'ioredis'

/** A moment at which jobs came under new leases: the server's clock in seconds, how many, and how many were active then. */
export interface Leasing {
  readonly at: number
  readonly added: number
  readonly active: number
}

/**
 * What the server itself tells (MONITOR) of the leases of a name, whoever makes and ends them: every command of every
 * script in the order in which they were carried out. A process that is killed cannot keep anything from it.
 */
export class LeaseLog {
  readonly leasings: Leasing[] = []
  readonly #key: string
  readonly #active = new Set<string>()
  readonly #monitor: Redis
  #last: Promise<void> = Promise.resolve()

  private constructor(monitor: Redis, key: string) {
    this.#monitor = monitor
    this.#key = key
    monitor.on('monitor', (time: string, args: readonly string[]) => this.#note(Number(time), args))
  }

  static async start(redis: Redis, activeKey: string): Promise<LeaseLog> {
    return new LeaseLog(await redis.monitor(), activeKey)
  }

  /** Active now, as far as the server has told. */
  get active(): number {
    return this.#active.size
  }

  /** Resolves when all that was done before this call has been told. */
  async caughtUp(redis: Redis): Promise<void> {
    const mark = `mark-${performance.now()}`
    this.#last = new Promise((resolve) => {
      const onCommand = (_time: string, args: readonly string[]): void => {
        if (args[1] !== mark) return
        this.#monitor.off('monitor', onCommand)
        resolve()
      }
      this.#monitor.on('monitor', onCommand)
    })
    await redis.exists(mark)
    await this.#last
  }

  stop(): void {
    this.#monitor.disconnect()
  }

  #note(at: number, [command = '', key, ...operands]: readonly string[]): void {
    if (key !== this.#key) return
    if (/^zrem$/i.test(command)) for (const ticket of operands) this.#active.delete(ticket)
    if (!/^zadd$/i.test(command)) return
    // Score and ticket in turns. A ticket that is there already has been renewed.
    const tickets = operands.filter((ticket, index) => index % 2 === 1 && !this.#active.has(ticket))
    for (const ticket of tickets) this.#active.add(ticket)
    if (tickets.length > 0) this.leasings.push({ at, added: tickets.length, active: this.#active.size })
  }
}
