import { AbstractStore, systemRuntime } from '@goscheds/core'
import type { Capabilities, ClaimedJob, Lease, Retention, Runtime, StoreInput, StoreOutput } from '@goscheds/core'

interface ToyJob {
  /** What the next claim hands out, brought up to date at each step. */
  record: ClaimedJob
  readonly retention: Retention
  state: 'scheduled' | 'ready' | 'active' | 'finished'
  /** Its place within its state: the due time, the number in the queue, the lease's end, the retention's end. */
  order: number
}

/** All jobs in one map. A method looks at all of them, and is atomic because its work awaits nothing. */
export class ToyStore extends AbstractStore {
  readonly kind = 'toy'
  readonly capabilities: Capabilities = {
    durable: false,
    sharedAcrossProcesses: false,
    notifications: false,
    jobOptions: false,
    limits: false,
    groups: false,
    schedules: false,
  }
  readonly #clock: Runtime
  readonly #jobs = new Map<string, ToyJob>()
  readonly #waiting = new Map<() => void, string>()
  #drawn = 0

  constructor(clock: Runtime = systemRuntime) {
    super()
    this.#clock = clock
  }

  async enqueue({ jobs }: StoreInput<'enqueue'>): StoreOutput<'enqueue'> {
    const now = this.#clock.now()
    return jobs.map(({ id, name, payload, options, retention, executeAt, delayMs = 0 }) => {
      if (this.#jobs.has(id)) return { status: 'duplicate', id }
      const dueAt = executeAt ?? now + delayMs
      const counters = { fence: { generation: ++this.#drawn, claim: 0 }, attempts: 0, recoveries: 0 }
      const record = { id, name, payload, options, executeAt: dueAt, enqueuedAt: now, claimedAt: 0, ...counters }
      const job: ToyJob = { record, retention, state: 'scheduled', order: dueAt }
      this.#jobs.set(id, job)
      this.#makeWait(job, dueAt - now)
      return { status: 'added', id }
    })
  }

  async promote({ limit }: StoreInput<'promote'>): StoreOutput<'promote'> {
    const now = this.#clock.now()
    const scheduled = this.#inState('scheduled')
    const due = scheduled.filter((job) => job.order <= now).slice(0, limit)
    for (const job of due) this.#makeWait(job, 0)
    const next = scheduled[due.length]
    return { promoted: due.length, nextDueInMs: next === undefined ? null : Math.max(0, next.order - now) }
  }

  async claim({ name, limit, leaseMs }: StoreInput<'claim'>): StoreOutput<'claim'> {
    const now = this.#clock.now()
    const taken = this.#inState('ready', name).slice(0, limit)
    for (const job of taken) {
      const { generation, claim } = job.record.fence
      job.record = { ...job.record, claimedAt: now, fence: { generation, claim: claim + 1 } }
      this.#move(job, 'active', now + leaseMs)
    }
    return { jobs: taken.map((job) => job.record), more: false }
  }

  async waitForReady({ name, timeoutMs, signal }: StoreInput<'waitForReady'>): Promise<void> {
    if (signal.aborted || this.#inState('ready', name).length > 0) return
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        cancelTimer()
        resolve()
      }
      const cancelTimer = this.#clock.setTimer(timeoutMs, wake)
      signal.addEventListener('abort', wake)
      this.#waiting.set(wake, name)
    })
  }

  async extend({ leases, leaseMs }: StoreInput<'extend'>): StoreOutput<'extend'> {
    const now = this.#clock.now()
    return leases.map((lease) => {
      const job = this.#heldUnder(lease)
      if (job !== undefined) this.#move(job, 'active', now + leaseMs)
      return job === undefined ? 'lost' : 'held'
    })
  }

  async settle({ entries }: StoreInput<'settle'>): StoreOutput<'settle'> {
    return entries.map(({ lease, settlement }) => {
      const job = this.#heldUnder(lease)
      if (job === undefined) return { status: 'lost' }
      if (settlement.type === 'retry') job.record = { ...job.record, attempts: job.record.attempts + 1 }
      if ('delayMs' in settlement) return { status: 'settled', state: this.#makeWait(job, settlement.delayMs) }
      this.#finish(job, settlement.retentionMs)
      return { status: 'settled', state: settlement.type }
    })
  }

  async reap({ limit, maxRecoveries }: StoreInput<'reap'>): StoreOutput<'reap'> {
    const now = this.#clock.now()
    const runOut = this.#inState('active').filter((job) => job.order <= now)
    const reaped = runOut.slice(0, limit).map((job) => {
      const { id, name, fence } = job.record
      const recoveries = job.record.recoveries + 1
      job.record = { ...job.record, recoveries }
      if (recoveries <= maxRecoveries) this.#makeWait(job, 0)
      else this.#finish(job, job.retention.deadMs)
      return { id, name, fence, outcome: recoveries <= maxRecoveries ? 'ready' : 'dead', recoveries } as const
    })
    return { reaped, returned: 0, expired: [] }
  }

  override async close(): Promise<void> {
    for (const wake of [...this.#waiting.keys()]) wake()
  }

  /** The jobs of a state, or of one name in it, in the order in which they leave it. */
  #inState(state: ToyJob['state'], name?: string): ToyJob[] {
    return [...this.#jobs.values()]
      .filter((job) => job.state === state && (name === undefined || job.record.name === name))
      .sort((a, b) => a.order - b.order || a.record.fence.generation - b.record.fence.generation)
  }

  /** The fence: the job is found only by the lease of its latest claim, and only while that claim lasts. */
  #heldUnder({ id, fence }: Lease): ToyJob | undefined {
    const job = this.#jobs.get(id)
    const current = job?.state === 'active' ? job.record.fence : undefined
    return current?.generation === fence.generation && current.claim === fence.claim ? job : undefined
  }

  /** To the scheduled set; or, when there is no delay, to the tail of its work queue, waking who waits for it. */
  #makeWait(job: ToyJob, delayMs: number): 'scheduled' | 'ready' {
    if (delayMs > 0) return this.#move(job, 'scheduled', this.#clock.now() + delayMs)
    for (const [wake, name] of [...this.#waiting]) if (name === job.record.name) wake()
    return this.#move(job, 'ready', ++this.#drawn)
  }

  /** A finished job that is kept goes on holding its id. A complete store forgets it in `prune`. */
  #finish(job: ToyJob, retentionMs: number): void {
    if (retentionMs > 0) this.#move(job, 'finished', this.#clock.now() + retentionMs)
    else this.#jobs.delete(job.record.id)
  }

  #move<State extends ToyJob['state']>(job: ToyJob, state: State, order: number): State {
    job.state = state
    job.order = order
    return state
  }
}
