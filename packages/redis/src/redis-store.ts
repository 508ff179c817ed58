import {
  type Capabilities,
  checkOptions,
  GoschedsError,
  InvalidArgumentError,
  type Store,
  type StoreHint,
  type StoreInput,
  type StoreOutput,
} from '@goscheds/core'
import { auditAgainCall, auditCall } from './calls/audit.js'
import { claimCall, extendCall, heartbeatCall, leaveCall, reportCall, settleCall } from './calls/consuming.js'
import {
  cancelCall,
  freeGroupsCall,
  redriveCall,
  removeCall,
  rescheduleCall,
  setLimitsCall,
  setPausedCall,
} from './calls/control.js'
import { enqueueCall, promoteCall, pruneCall, reapCall } from './calls/producing.js'
import { countsCall, getCall, listCall, workersCall } from './calls/reading.js'
import { fireScheduleCall, listSchedulesCall, putScheduleCall, removeScheduleCall } from './calls/schedules.js'
import { decodeAndEmpty, ReplyReader, type ScriptCall } from './calls/script-call.js'
import { Connections } from './connections.js'
import { HintSubscriber } from './hint-subscriber.js'
import { type Keys, keysOf, namespacePrefix } from './keys.js'
import { compileScripts, type Scripts } from './lua-source.js'
import { ReadyWaits } from './ready-waits.js'
import type { RedisStoreOptions } from './redis-store-options.js'
import { checkSuitability } from './suitability.js'

/**
 * Jobs in Redis 6.2 or newer, or Valkey. Every method is one Lua script, so it happens as a whole; the README says
 * what is kept under which key. Connects at the first call, or at `open()`.
 */
export class RedisStore implements Store {
  readonly kind = 'redis'
  readonly capabilities: Capabilities = {
    durable: true,
    sharedAcrossProcesses: true,
    notifications: true,
    jobOptions: true,
    limits: true,
    groups: true,
    schedules: true,
  }

  readonly #keys: Keys
  readonly #scripts: Scripts
  readonly #connections: Connections
  readonly #subscriber: HintSubscriber
  readonly #waits: ReadyWaits
  readonly #logger: { warn(message: string): void }
  #opening: Promise<Keys> | undefined

  /** `scripts`: the build of the scripts to run; the one with a manual clock is for the tests of this package. */
  constructor(options: RedisStoreOptions, scripts?: Scripts) {
    const {
      connection,
      namespace = 'goscheds',
      maxBlockingConnections = 16,
      logger = console,
    } = checkedOptions(options)
    if (!Number.isInteger(maxBlockingConnections) || maxBlockingConnections < 0) {
      throw new InvalidArgumentError('maxBlockingConnections must be a whole number, 0 or more')
    }
    this.#keys = keysOf(namespacePrefix(namespace))
    this.#scripts = scripts ?? compileScripts()
    this.#logger = logger
    this.#connections = new Connections(connection)
    this.#subscriber = new HintSubscriber(this.#connections)
    this.#waits = new ReadyWaits({
      connections: this.#connections,
      subscriber: this.#subscriber,
      register: this.#scripts.waitForReady,
      // Another build may have a clock of its own.
      keepsRegistrations: scripts === undefined,
      max: maxBlockingConnections,
      isReady: async (name) => Number(await this.#connections.main.call('exists', [this.#keys.ready(name)])) === 1,
    })
  }

  async open(): Promise<void> {
    await this.#opened()
  }

  async close(): Promise<void> {
    this.#waits.close()
    this.#subscriber.close()
    await this.#connections.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  enqueue({ jobs }: StoreInput<'enqueue'>): StoreOutput<'enqueue'> {
    return this.#run(enqueueCall(jobs))
  }

  promote({ limit }: StoreInput<'promote'>): StoreOutput<'promote'> {
    return this.#run(promoteCall(limit))
  }

  reap({ limit, maxRecoveries }: StoreInput<'reap'>): StoreOutput<'reap'> {
    return this.#run(reapCall(limit, maxRecoveries))
  }

  prune({ limit, maxDeadPerName }: StoreInput<'prune'>): StoreOutput<'prune'> {
    return this.#run(pruneCall(limit, maxDeadPerName))
  }

  claim(input: StoreInput<'claim'>): StoreOutput<'claim'> {
    return this.#run(claimCall(input))
  }

  async waitForReady({ claim, ...input }: StoreInput<'waitForReady'>): StoreOutput<'waitForReady'> {
    if (input.signal.aborted) return
    const call = claim && claimCall({ ...input, ...claim })
    const after = call && {
      // Known by its hash alone: a server that does not have it leaves the claim to the call that follows.
      command: (keys: Keys) => ['evalsha', this.#scripts.claim.sha, ...operandsOf(keys, call)],
      hasBrought: (reply: unknown) => call.decode(new ReplyReader(reply)).jobs.length > 0,
    }
    const reply = await this.#waits.wait({ ...input, after }, this.#opened())
    if (reply === undefined || call === undefined) return
    const [, claimedAt] = reply.after as [unknown, unknown]
    const result = decodeAndEmpty(reply.after, call.decode)
    return { ...result, waitedMs: Math.max(0, Number(claimedAt) - reply.begunAt) || 0 }
  }

  extend({ leases, leaseMs }: StoreInput<'extend'>): StoreOutput<'extend'> {
    return this.#run(extendCall(leases, leaseMs))
  }

  report({ entries }: StoreInput<'report'>): StoreOutput<'report'> {
    return this.#run(reportCall(entries))
  }

  setPaused({ names, paused }: StoreInput<'setPaused'>): StoreOutput<'setPaused'> {
    return names?.length === 0 ? Promise.resolve() : this.#run(setPausedCall(names ?? [], paused))
  }

  settle({ entries }: StoreInput<'settle'>): StoreOutput<'settle'> {
    return this.#run(settleCall(entries))
  }

  async setLimits({ name, limits }: StoreInput<'setLimits'>): StoreOutput<'setLimits'> {
    let left = await this.#run(setLimitsCall(name, limits))
    for (; left > 0; left--) await this.#run(freeGroupsCall(name))
  }

  putSchedule(input: StoreInput<'putSchedule'>): StoreOutput<'putSchedule'> {
    return this.#run(putScheduleCall(input))
  }

  removeSchedule({ ids }: StoreInput<'removeSchedule'>): StoreOutput<'removeSchedule'> {
    return this.#run(removeScheduleCall(ids))
  }

  fireSchedule({ fires }: StoreInput<'fireSchedule'>): StoreOutput<'fireSchedule'> {
    return this.#run(fireScheduleCall(fires))
  }

  async listSchedules(input: StoreInput<'listSchedules'>): StoreOutput<'listSchedules'> {
    return this.#run(listSchedulesCall(input))
  }

  heartbeat({ report, ttlMs }: StoreInput<'heartbeat'>): StoreOutput<'heartbeat'> {
    return this.#run(heartbeatCall(report, ttlMs))
  }

  leave({ worker }: StoreInput<'leave'>): StoreOutput<'leave'> {
    return this.#run(leaveCall(worker))
  }

  cancel({ ids }: StoreInput<'cancel'>): StoreOutput<'cancel'> {
    return this.#run(cancelCall(ids))
  }

  reschedule({ entries }: StoreInput<'reschedule'>): StoreOutput<'reschedule'> {
    return this.#run(rescheduleCall(entries))
  }

  remove({ ids }: StoreInput<'remove'>): StoreOutput<'remove'> {
    return this.#run(removeCall(ids))
  }

  redrive({ ids }: StoreInput<'redrive'>): StoreOutput<'redrive'> {
    return this.#run(redriveCall(ids))
  }

  get({ ids }: StoreInput<'get'>): StoreOutput<'get'> {
    return this.#run(getCall(ids))
  }

  async list(input: StoreInput<'list'>): StoreOutput<'list'> {
    return this.#run(listCall(input))
  }

  counts({ names }: StoreInput<'counts'>): StoreOutput<'counts'> {
    return this.#run(countsCall(names))
  }

  workers(): StoreOutput<'workers'> {
    return this.#run(workersCall())
  }

  async audit({ limit, cursor, suspects }: StoreInput<'audit'>): StoreOutput<'audit'> {
    const call = suspects === undefined ? auditCall(limit, cursor) : auditAgainCall(suspects)
    return this.#run(call)
  }

  async subscribe(listener: (hint: StoreHint) => void, of?: { readonly job: string }): StoreOutput<'subscribe'> {
    const { hints, finished } = await this.#opened()
    let isStopped = false
    const channel = of === undefined ? hints : finished(of.job)
    const stop = await this.#subscriber.listen(channel, (message) => {
      const hint: StoreHint = of === undefined ? toHint(message) : { type: 'finished', id: of.job }
      // In a task of its own: what a listener throws must not break the connection.
      queueMicrotask(() => !isStopped && listener(hint))
    })
    return () => {
      isStopped = true
      return stop()
    }
  }

  /** Resolves with the keys as the server knows them: with the prefix that the client may put in front. */
  #opened(): Promise<Keys> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #open(): Promise<Keys> {
    const { main } = this.#connections
    await main.whenReady()
    await checkSuitability(main, this.#logger)
    const jobs = String(await main.call('eval', ['return KEYS[1]', 1, this.#keys.jobs]))
    return keysOf(jobs.slice(0, -'jobs'.length))
  }

  async #run<T>(call: ScriptCall<T>): Promise<T> {
    await this.#opened()
    const { script, decode } = call
    const { main } = this.#connections
    const { sha, source } = this.#scripts[script]
    const operands = operandsOf(this.#keys, call)
    try {
      const reply = main.call('evalsha', [sha, ...operands]).catch((error: Error) => {
        if (!error.message.startsWith('NOSCRIPT')) throw error
        return main.call('eval', [source, ...operands])
      })
      return decodeAndEmpty(await reply, decode)
    } catch (cause) {
      if (cause instanceof GoschedsError) throw cause
      throw new GoschedsError('STORE_FAILED', `Redis did not ${script}: ${(cause as Error).message}`, { cause })
    }
  }
}

/** A script derives all its keys from the one that it is given: to hand each over costs more than to put it together. */
function operandsOf({ jobs }: Keys, { args }: ScriptCall<unknown>): (string | number)[] {
  return [1, jobs, ...args]
}

function checkedOptions(options: RedisStoreOptions): RedisStoreOptions {
  if (typeof options !== 'object' || options === null || 'call' in options) {
    throw new InvalidArgumentError('a RedisStore takes options: new RedisStore({ connection, namespace })')
  }
  checkOptions('RedisStore options', options, ['connection', 'namespace', 'maxBlockingConnections', 'logger'])
  if (options.logger !== undefined && typeof options.logger?.warn !== 'function') {
    throw new InvalidArgumentError('logger must have a method warn()')
  }
  return options
}

/** After a break of the connection nobody knows what was missed, so the schedulers look again. */
function toHint(message: string | undefined): StoreHint {
  const [type, of] = message?.split('\t') ?? []
  if (type === 'cancel' && of !== undefined) return { type, id: of }
  if (type === 'control') return of === undefined ? { type } : { type, name: of }
  return { type: 'due' }
}
