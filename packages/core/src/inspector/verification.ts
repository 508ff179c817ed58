import type { AuditFinding, AuditPage, AuditSuspect } from '../contract/audit.js'
import { InvalidArgumentError } from '../errors.js'
import { checkNumber, checkOptions } from '../job/checks.js'
import type { StoreCalls } from '../service/store-calls.js'

/** How `verify` looks. */
export interface VerifyOptions {
  /** Records and places in one look: 1 to 10,000, default 200. Take fewer where payloads are large. */
  readonly limit?: number | undefined
  /** Stops when it has found so many: 1 to 100,000, default 1,000. */
  readonly maxFindings?: number | undefined
  /** Stops the walk before its next look. */
  readonly signal?: AbortSignal | undefined
}

/** What `verify` has found. */
export interface VerifyReport {
  /** Records and places looked at. */
  readonly looked: number
  /** What is wrong, each confirmed by a second look; empty in a sound store. */
  readonly findings: readonly AuditFinding[]
  /** The whole store was walked through. `false`: it stopped at the signal or at `maxFindings`. */
  readonly complete: boolean
}

// A second look may search the ends of a queue for each suspect, so it gets few.
const SUSPECTS_PER_LOOK = 25

/** One audit of a store: the walk, and a second look at each suspect. */
export class Verification {
  readonly #calls: StoreCalls
  readonly #limit: number
  readonly #maxFindings: number
  readonly #signal: AbortSignal | undefined
  /** By key: whether what the records have promised has been seen. */
  readonly #sightings = new Map<string, boolean>()
  readonly #findings = new Map<string, AuditFinding>()
  #looked = 0

  /** @throws InvalidArgumentError naming the option that is wrong or unknown */
  constructor(calls: StoreCalls, options: VerifyOptions = {}) {
    checkOptions('verify options', options, ['limit', 'maxFindings', 'signal'])
    if (options.signal !== undefined && typeof options.signal?.aborted !== 'boolean') {
      throw new InvalidArgumentError('signal must be an AbortSignal')
    }
    this.#calls = calls
    this.#limit = checkNumber('limit', options.limit ?? 200, { min: 1, max: 10_000 })
    this.#maxFindings = checkNumber('maxFindings', options.maxFindings ?? 1_000, { min: 1, max: 100_000 })
    this.#signal = options.signal
  }

  async run(): Promise<VerifyReport> {
    let cursor: string | null = null
    do {
      if (this.#hasToStop) return this.#report(false)
      const from: string | null = cursor
      const page = await this.#audit({ cursor: from })
      this.#looked += page.looked
      await this.#lookAgain([...page.suspects, ...this.#sightingsOf(page)])
      cursor = page.cursor
    } while (cursor !== null)
    const unseen = [...this.#sightings].filter(([, isSeen]) => !isSeen)
    await this.#lookAgain(unseen.map(([key]) => ({ kind: 'lost-job', key })))
    return this.#report(!this.#hasToStop)
  }

  get #hasToStop(): boolean {
    return this.#signal?.aborted === true || this.#findings.size >= this.#maxFindings
  }

  /** Notes what was awaited and seen; returns what was seen twice. */
  #sightingsOf({ awaited, seen }: AuditPage): AuditSuspect[] {
    for (const key of awaited) if (!this.#sightings.has(key)) this.#sightings.set(key, false)
    const twice = []
    for (const key of seen) {
      if (this.#sightings.get(key) === true) twice.push({ kind: 'two-places', key } as const)
      this.#sightings.set(key, true)
    }
    return twice
  }

  async #lookAgain(suspects: readonly AuditSuspect[]): Promise<void> {
    for (let first = 0; first < suspects.length && !this.#hasToStop; first += SUSPECTS_PER_LOOK) {
      const { findings } = await this.#audit({ suspects: suspects.slice(first, first + SUSPECTS_PER_LOOK) })
      for (const finding of findings) this.#findings.set(`${finding.kind} ${finding.key}`, finding)
    }
  }

  #audit(input: { cursor: string | null } | { suspects: readonly AuditSuspect[] }): Promise<AuditPage> {
    return this.#calls.call('audit', (store) => store.audit({ limit: this.#limit, ...input }))
  }

  #report(complete: boolean): VerifyReport {
    return { looked: this.#looked, findings: [...this.#findings.values()].slice(0, this.#maxFindings), complete }
  }
}
