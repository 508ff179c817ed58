import type { Lease } from '../contract/job.js'
import type { ReportEntry, Settlement } from '../contract/outcomes.js'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { checkSpan, show } from '../job/checks.js'
import { type Codec, encodeWith } from '../job/codec.js'
import type { HandlerContext } from '../job/handler.js'
import { abortReason } from './abort-reason.js'
import type { Reporter } from './reporter.js'

/** The most bytes that a progress may have when encoded: 64 KiB. */
const MAX_PROGRESS_BYTES = 64 * 1024
/** The most bytes that a checkpoint may have when encoded: 256 KiB. */
const MAX_CHECKPOINT_BYTES = 256 * 1024
const MAX_LINE = 1_000
/** Surrogates without their other halves. */
const HALF_CHARACTERS = /\p{Surrogate}/gu

/** How a handler lets its job go back. */
export type Release = Omit<Extract<Settlement, { type: 'released' }>, 'type'>

/** What a context needs of its attempt. */
export interface ContextHost {
  readonly lease: Lease
  readonly codec: Codec
  readonly reporter: Reporter
  readonly signal: AbortSignal
  /** Whether the store can hold a name back. */
  readonly holdsNames: boolean
  readonly hasEnded: boolean
  /** The store says that the lease is not current. */
  onLost(): void
  onFault(error: unknown): void
}

// Thrown through the handler.
class GoesBack extends Error {
  constructor(name: string, what: string) {
    super(`${what}; let this pass through the handler`)
    this.name = name
  }
}

/**
 * What a handler can use while it runs. Its methods are made when they are first asked for, bound, so that they can be
 * taken out of it: most handlers use none.
 */
export class AttemptContext implements HandlerContext {
  readonly #host: ContextHost
  /** What was thrown, with what it stands for. Several, where a handler does things at the same time. */
  #goesBack: Map<unknown, Release> | undefined
  #pending: Set<Promise<unknown>> | undefined

  constructor(host: ContextHost) {
    this.#host = host
  }

  get signal(): AbortSignal {
    return this.#host.signal
  }

  get progress(): HandlerContext['progress'] {
    return (value) => this.#keep('progress', value, MAX_PROGRESS_BYTES)
  }

  get checkpoint(): HandlerContext['checkpoint'] {
    return (value) => this.#keep('checkpoint', value, MAX_CHECKPOINT_BYTES)
  }

  get log(): HandlerContext['log'] {
    return (line) => {
      if (typeof line !== 'string')
        throw new InvalidArgumentError(`a line of the log must be a string, got ${show(line)}`)
      const cut = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line
      // Not every store can keep half a surrogate pair.
      this.#report({ lines: [cut.replace(HALF_CHARACTERS, '\ufffd')] }).catch((error: unknown) =>
        this.#host.onFault(error),
      )
    }
  }

  get snooze(): HandlerContext['snooze'] {
    return (ms) => {
      const delayMs = checkSpan('the span to snooze', ms)
      throw this.#toThrow(new GoesBack('Snooze', `the job is snoozed for ${delayMs} ms`), { delayMs })
    }
  }

  get rateLimited(): HandlerContext['rateLimited'] {
    return (ms) => {
      const holdNameMs = checkSpan('the span of rateLimited', ms)
      const release = this.#host.holdsNames ? { delayMs: 0, holdNameMs } : { delayMs: holdNameMs }
      const what = `the name '${this.#host.lease.name}' is rate limited for ${holdNameMs} ms`
      throw this.#toThrow(new GoesBack('RateLimited', what), release)
    }
  }

  /** How the job goes back, if this is what `snooze` or `rateLimited` threw. Does not touch what it is given: it may be a trap. */
  goneBackBy(thrown: unknown): Release | undefined {
    return this.#goesBack?.get(thrown)
  }

  /** Whether something was reported that the store has not answered yet. */
  get isReporting(): boolean {
    return this.#pending !== undefined && this.#pending.size > 0
  }

  /** Resolves when all that was reported so far has been stored or refused. */
  async flushed(): Promise<void> {
    while (this.isReporting) await Promise.allSettled([...(this.#pending ?? [])])
  }

  #toThrow(error: GoesBack, release: Release): GoesBack {
    this.#goesBack ??= new Map()
    this.#goesBack.set(error, release)
    return error
  }

  #keep(what: 'progress' | 'checkpoint', value: unknown, maxBytes: number): Promise<void> {
    const kept = this.#encodeAndReport(what, value, maxBytes)
    // Whoever does not await it must not lose the process to its rejection.
    kept.catch(() => {})
    return kept
  }

  async #encodeAndReport(what: 'progress' | 'checkpoint', value: unknown, maxBytes: number): Promise<void> {
    const prefix = what === 'progress' ? 'PROGRESS' : 'CHECKPOINT'
    const text = encodeWith(this.#host.codec, value, {
      what,
      maxBytes,
      notSerializable: `${prefix}_NOT_SERIALIZABLE`,
      tooLarge: `${prefix}_TOO_LARGE`,
    })
    await this.#report(what === 'progress' ? { progress: text } : { checkpoint: text })
  }

  async #report(what: Omit<ReportEntry, 'lease'>): Promise<void> {
    const { hasEnded, lease, reporter } = this.#host
    if (hasEnded) throw new GoschedsError('INVALID_STATE', 'the attempt has ended, so it can report no more')
    const reported = reporter.report({ lease, ...what })
    const pending = (this.#pending ??= new Set())
    pending.add(reported)
    const outcome = await reported.finally(() => pending.delete(reported))
    if (outcome === 'reported') return
    this.#host.onLost()
    throw abortReason('LEASE_LOST')
  }
}
