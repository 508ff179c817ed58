import { GoschedsError, type Scheduler, type Store } from '@goscheds/core'
import type { VirtualClock } from '../clock/virtual-clock.js'
import type { Host } from '../world/host.js'
import type { Occurrence } from './occurrences.js'

/** How wrong the monotonic clock of a host may be. */
const CLOCK_ERROR = 0.01
/** A wait whose time is over leaves a store that does not answer a second for each of its last two calls. */
const SLACK_MS = 2_500

/** What a wait works with. */
export interface ResultWaitsOptions {
  readonly clock: VirtualClock
  /** The store itself, to see whether an answer can be true. */
  readonly store: () => Store
  readonly note: (kind: Occurrence) => void
}

/** What handlers did of a job, as far as an answer can tell of it. */
interface Ends {
  readonly returned: Set<string>
  readonly threw: Set<string>
}

/** Producers that wait with `scheduler.result`, and whether what they are told can be true. */
export class ResultWaits {
  readonly problems: string[] = []
  readonly #options: ResultWaitsOptions
  readonly #ends = new Map<string, Ends>()
  /** Ids of jobs of which some push asked to leave no trace. */
  readonly #traceless = new Set<string>()

  constructor(options: ResultWaitsOptions) {
    this.#options = options
  }

  returned(id: string, value: unknown): void {
    this.#endsOf(id).returned.add(textOf(value))
  }

  threw(id: string, error: unknown): void {
    this.#endsOf(id).threw.add(error instanceof Error ? error.message : String(error))
  }

  leavesNoTrace(id: string): void {
    this.#traceless.add(id)
  }

  /** Never rejects. Resolves to whether a result was told. */
  async wait(host: Host, scheduler: Scheduler, id: string, timeoutMs: number): Promise<boolean> {
    const { clock } = this.#options
    const since = clock.now
    const pauses = host.pauses
    let hasAnswered = false
    const isDisturbed = (): boolean => !host.isAlive || host.isAsleep || host.pauses > pauses
    const boundMs = timeoutMs * (1 + CLOCK_ERROR) + SLACK_MS
    clock.schedule(boundMs, () => {
      if (hasAnswered || isDisturbed()) return
      this.problems.push(`result('${id}') had not answered after ${Math.round(boundMs)} ms, and had ${timeoutMs} ms`)
    })
    try {
      const value = await scheduler.result(id, { timeoutMs })
      this.#onValue(id, value)
      return true
    } catch (error) {
      await this.#onError(id, error, since)
      const tookMs = clock.now - since
      const isTimeout = error instanceof GoschedsError && error.code === 'RESULT_TIMEOUT'
      if (isTimeout && tookMs < timeoutMs * (1 - CLOCK_ERROR)) {
        this.problems.push(`result('${id}') gave up after ${Math.round(tookMs)} ms, and had ${timeoutMs} ms`)
      }
      return false
    } finally {
      hasAnswered = true
    }
  }

  #onValue(id: string, value: unknown): void {
    this.#options.note('result told')
    const text = textOf(value)
    if (this.#endsOf(id).returned.has(text)) return
    this.problems.push(`result('${id}') told ${text}, which no handler of it had returned`)
  }

  async #onError(id: string, error: unknown, since: number): Promise<void> {
    const { note, store } = this.#options
    const code = error instanceof GoschedsError ? error.code : undefined
    if (code === 'RESULT_TIMEOUT') return note('result timed out')
    if (code === 'INVALID_STATE') return note('result wait ended by a stop')
    if (code === undefined) return this.#onFailure(id, error)
    // At the store, and at this instant: what was there before the wait was there throughout.
    const [job] = await store().get({ ids: [id] })
    const wasThere = job !== null && job !== undefined && job.enqueuedAt < Math.floor(since)
    if (code === 'NOT_FOUND') {
      note('result of no job')
      if (wasThere) this.problems.push(`result('${id}') told that there is no such job; it is ${job.state}`)
    } else if (code === 'CANCELLED') {
      note('cancel told')
      const isCancelled = job?.state === 'cancelled'
      if (wasThere && !isCancelled) this.problems.push(`result('${id}') told that it was cancelled; it is ${job.state}`)
    } else if (code === 'RESULT_NOT_RETAINED') {
      note('result not retained')
      if (!this.#traceless.has(id)) this.problems.push(`result('${id}') told that it leaves no trace, and it does`)
    } else if (code === 'JOB_DEAD') {
      note('death without an error told')
      // Back from the dead only by a redrive, which may have come since.
    } else this.problems.push(`result('${id}') told ${code}: ${String(error)}`)
  }

  /** A dead job rejects with its own error: not one of this library's. */
  #onFailure(id: string, error: unknown): void {
    this.#options.note('failure told')
    const { message, code } = error as Error & { code?: string }
    if (code === 'JOB_TIMED_OUT' || this.#endsOf(id).threw.has(message)) return
    this.problems.push(`result('${id}') told of '${message}', which no handler of it had thrown`)
  }

  #endsOf(id: string): Ends {
    const ends = this.#ends.get(id) ?? { returned: new Set(), threw: new Set() }
    this.#ends.set(id, ends)
    return ends
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined'
}
