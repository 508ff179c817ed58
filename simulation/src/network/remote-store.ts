import type { Store, StoreHint, StoreInput, StoreOutput, WaitedClaim } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Host } from '../world/host.js'
import { batchPrefix } from './batch-prefix.js'
import type { CallFault } from './faults.js'
import type { Network } from './network.js'

/** How long an aborted wait that is to claim may go on for its answer. */
const ABORT_GUARD_MS = 1_000

/** The methods that pass the network as plain calls. */
export type PlainMethod = Exclude<
  keyof Store,
  'kind' | 'capabilities' | 'open' | 'close' | 'subscribe' | 'waitForReady'
>

/** Whose store it is, and what it goes through. */
export interface RemoteStoreOptions {
  readonly host: Host
  readonly network: Network
  readonly random: SeededRandom
  /** The store behind the network. */
  readonly store: Store
  /** Called when a second copy of a call arrives, whose answer nobody gets. */
  readonly onAgain: (method: PlainMethod, input: unknown) => void
}

/** The request did not reach the store: it certainly had no effect. */
export class NotReachedError extends Error {}

/** Faults that make sense for some calls only, with what the network needs for them. */
interface Special {
  /** Takes effect for a part of the batch only. */
  readonly part?: () => Promise<unknown>
  readonly onAgain?: () => void
  readonly onSpuriousWakeUpAfterMs?: number
}

/** The store as one process has it: behind a network that delays, loses, doubles and breaks. */
export class RemoteStore implements Store {
  readonly kind: string
  readonly capabilities: Store['capabilities']
  readonly enqueue = this.#remote('enqueue')
  readonly promote = this.#remote('promote')
  readonly reap = this.#remote('reap')
  readonly prune = this.#remote('prune')
  readonly claim = this.#remote('claim')
  readonly extend = this.#remote('extend')
  readonly settle = this.#remote('settle')
  readonly report = this.#remote('report')
  readonly setPaused = this.#remote('setPaused')
  readonly setLimits = this.#remote('setLimits')
  readonly putSchedule = this.#remote('putSchedule')
  readonly removeSchedule = this.#remote('removeSchedule')
  readonly fireSchedule = this.#remote('fireSchedule')
  readonly listSchedules = this.#remote('listSchedules')
  readonly heartbeat = this.#remote('heartbeat')
  readonly leave = this.#remote('leave')
  readonly cancel = this.#remote('cancel')
  readonly reschedule = this.#remote('reschedule')
  readonly remove = this.#remote('remove')
  readonly redrive = this.#remote('redrive')
  readonly get = this.#remote('get')
  readonly list = this.#remote('list')
  readonly counts = this.#remote('counts')
  readonly workers = this.#remote('workers')
  readonly audit = this.#remote('audit')
  readonly #options: RemoteStoreOptions
  #held = 0

  constructor(options: RemoteStoreOptions) {
    this.#options = options
    this.kind = options.store.kind
    this.capabilities = options.store.capabilities
  }

  /** How many waits and subscriptions its process has and has not ended. */
  get held(): number {
    return this.#held
  }

  async open(): Promise<void> {
    await this.#pass(() => this.#options.store.open())
  }

  async close(): Promise<void> {
    await this.#options.store.close()
  }

  async waitForReady(input: StoreInput<'waitForReady'>): StoreOutput<'waitForReady'> {
    if (input.signal.aborted) return
    const { host, store, random } = this.#options
    // Lets go of the wait in the store, too, when this side has its answer or is gone.
    const ending = new AbortController()
    // A reason of its own is quicker than the exception that would be made.
    const end = (): void => ending.abort('ended')
    const forget = host.onCrash(end)
    let cancelTimer = (): void => {}
    let onAbort = (): void => {}
    this.#held++
    try {
      return await new Promise<WaitedClaim | void>((resolve, reject) => {
        onAbort = () => {
          end()
          // What the store has claimed must not be lost, so its answer is waited for, unless it is away.
          if (input.claim === undefined) resolve()
          else cancelTimer = host.runtime.setTimer(ABORT_GUARD_MS, resolve)
        }
        input.signal.addEventListener('abort', onAbort)
        this.#pass(() => store.waitForReady({ ...input, signal: ending.signal }), {
          onSpuriousWakeUpAfterMs: random.between(0, input.timeoutMs),
        }).then(resolve, reject)
      })
    } finally {
      this.#held--
      input.signal.removeEventListener('abort', onAbort)
      cancelTimer()
      forget()
      end()
    }
  }

  async subscribe(listener: (hint: StoreHint) => void, of?: { readonly job: string }): Promise<() => Promise<void>> {
    const { store, host, network } = this.#options
    const onHint = (hint: StoreHint): void => {
      if (network.isBroken || network.dropsHint()) return
      network.send(network.oneWayMs(), () => host.deliver(() => listener(hint)))
    }
    const unsubscribe = await this.#pass(async () => {
      const end = await store.subscribe(onHint, of)
      host.onCrash(() => void end())
      return end
    })
    this.#held++
    return async () => {
      this.#held--
      await this.#pass(unsubscribe)
    }
  }

  #remote<Method extends PlainMethod>(method: Method): Store[Method] {
    const call = (input: unknown): Promise<unknown> => {
      const { store, random, onAgain } = this.#options
      const run = (given: unknown): Promise<unknown> =>
        (store[method] as (given: unknown) => Promise<unknown>).call(store, given)
      const part = batchPrefix(method, input, random.next())
      return this.#pass(() => run(input), {
        ...(part !== undefined && { part: () => run(part) }),
        onAgain: () => onAgain(method, input),
      })
    }
    return call as Store[Method]
  }

  /** Takes one call through the network. The promise stays pending when no answer comes. */
  #pass<Value>(effect: () => Promise<Value>, special: Special = {}): Promise<Value> {
    const { network, host } = this.#options
    const passage = network.draw((fault) => isPossible(fault, special))
    const { fault, requestMs, replyMs, againMs } = passage
    const isOld = !network.isHealed
    return new Promise<Value>((resolve, reject) => {
      const answer = (give: () => void): void => {
        if (replyMs === 0) host.deliver(give)
        else network.send(replyMs, () => host.deliver(give))
      }
      if (fault === 'crash before the effect') return host.crash()
      if (fault === 'no answer, no effect') return
      network.send(requestMs + host.aheadMs, () => {
        if (fault === 'error before the effect' || network.isBroken) {
          return answer(() => reject(new NotReachedError('connection refused')))
        }
        if (fault === 'partial batch') {
          const fail = (): void => answer(() => reject(new Error('connection lost between two chunks')))
          return void special.part?.().then(fail, fail)
        }
        if (fault === 'spurious wake-up') {
          network.send(special.onSpuriousWakeUpAfterMs ?? 0, () => answer(() => resolve(undefined as Value)))
        }
        const ran = effect()
        if (fault === 'crash after the effect') host.crash()
        if (againMs !== undefined) {
          special.onAgain?.()
          network.send(againMs, () => void effect().catch(() => {}), isOld)
        }
        ran.then(
          (value) => {
            if (fault === 'no answer, effect') return
            if (fault === 'lost reply' || network.isBroken) answer(() => reject(new Error('connection lost')))
            else answer(() => resolve(value))
          },
          (error: Error) => answer(() => reject(error)),
        )
      })
    })
  }
}

function isPossible(fault: CallFault, { part, onAgain, onSpuriousWakeUpAfterMs }: Special): boolean {
  if (fault === 'partial batch') return part !== undefined
  if (fault === 'duplicate delivery') return onAgain !== undefined
  if (fault === 'spurious wake-up') return onSpuriousWakeUpAfterMs !== undefined
  return true
}
