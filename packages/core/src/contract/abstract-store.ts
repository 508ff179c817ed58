import { NotSupportedError } from '../errors.js'
import type { Capabilities } from './capabilities.js'
import type { Store, StoreInput, StoreOutput } from './store.js'

/**
 * The start of a store adapter: what a Scheduler and a Worker need is abstract; the rest (inspection,
 * control, the registry of workers) rejects with `NOT_SUPPORTED`, or does nothing where that only costs
 * latency, until the adapter overrides it. `docs/writing-a-store.md` walks through it.
 */
export abstract class AbstractStore implements Store {
  abstract readonly kind: string
  abstract readonly capabilities: Capabilities
  abstract enqueue(input: StoreInput<'enqueue'>): StoreOutput<'enqueue'>
  abstract promote(input: StoreInput<'promote'>): StoreOutput<'promote'>
  abstract reap(input: StoreInput<'reap'>): StoreOutput<'reap'>
  abstract claim(input: StoreInput<'claim'>): StoreOutput<'claim'>
  abstract waitForReady(input: StoreInput<'waitForReady'>): StoreOutput<'waitForReady'>
  abstract extend(input: StoreInput<'extend'>): StoreOutput<'extend'>
  abstract settle(input: StoreInput<'settle'>): StoreOutput<'settle'>

  async open(): Promise<void> {}
  async close(): Promise<void> {}
  async prune(_input: StoreInput<'prune'>): StoreOutput<'prune'> {
    return { pruned: 0 }
  }
  async heartbeat(_input: StoreInput<'heartbeat'>): Promise<void> {}
  async leave(_input: StoreInput<'leave'>): Promise<void> {}
  async subscribe(
    _listener: Parameters<Store['subscribe']>[0],
    _of?: { readonly job: string },
  ): StoreOutput<'subscribe'> {
    return async () => {}
  }

  async report(_input: StoreInput<'report'>): StoreOutput<'report'> {
    throw new NotSupportedError(this.kind, 'report')
  }
  async setPaused(_input: StoreInput<'setPaused'>): StoreOutput<'setPaused'> {
    throw new NotSupportedError(this.kind, 'setPaused')
  }
  async setLimits(_input: StoreInput<'setLimits'>): StoreOutput<'setLimits'> {
    throw new NotSupportedError(this.kind, 'setLimits')
  }
  async putSchedule(_input: StoreInput<'putSchedule'>): StoreOutput<'putSchedule'> {
    throw new NotSupportedError(this.kind, 'putSchedule')
  }
  async removeSchedule(_input: StoreInput<'removeSchedule'>): StoreOutput<'removeSchedule'> {
    throw new NotSupportedError(this.kind, 'removeSchedule')
  }
  async fireSchedule(_input: StoreInput<'fireSchedule'>): StoreOutput<'fireSchedule'> {
    throw new NotSupportedError(this.kind, 'fireSchedule')
  }
  async listSchedules(_input: StoreInput<'listSchedules'>): StoreOutput<'listSchedules'> {
    throw new NotSupportedError(this.kind, 'listSchedules')
  }
  async cancel(_input: StoreInput<'cancel'>): StoreOutput<'cancel'> {
    throw new NotSupportedError(this.kind, 'cancel')
  }
  async reschedule(_input: StoreInput<'reschedule'>): StoreOutput<'reschedule'> {
    throw new NotSupportedError(this.kind, 'reschedule')
  }
  async remove(_input: StoreInput<'remove'>): StoreOutput<'remove'> {
    throw new NotSupportedError(this.kind, 'remove')
  }
  async redrive(_input: StoreInput<'redrive'>): StoreOutput<'redrive'> {
    throw new NotSupportedError(this.kind, 'redrive')
  }
  async get(_input: StoreInput<'get'>): StoreOutput<'get'> {
    throw new NotSupportedError(this.kind, 'get')
  }
  async list(_input: StoreInput<'list'>): StoreOutput<'list'> {
    throw new NotSupportedError(this.kind, 'list')
  }
  async counts(_input: StoreInput<'counts'>): StoreOutput<'counts'> {
    throw new NotSupportedError(this.kind, 'counts')
  }
  async workers(): StoreOutput<'workers'> {
    throw new NotSupportedError(this.kind, 'workers')
  }
  async audit(_input: StoreInput<'audit'>): StoreOutput<'audit'> {
    throw new NotSupportedError(this.kind, 'audit')
  }
}
