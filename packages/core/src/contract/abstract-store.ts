import { NotSupportedError } from '../errors.js'
import type { Capabilities } from './capabilities.js'
import type { Store } from './store.js'

type Input<M extends keyof Store> = Store[M] extends (input: infer I) => unknown ? I : never
type Output<M extends keyof Store> = Store[M] extends (...input: never[]) => infer O ? O : never

/**
 * The start of a store adapter: what a Scheduler and a Worker need is abstract; the rest (inspection,
 * control, the registry of workers) rejects with `NOT_SUPPORTED`, or does nothing where that only costs
 * latency, until the adapter overrides it. `docs/writing-a-store.md` walks through it.
 */
export abstract class AbstractStore implements Store {
  abstract readonly kind: string
  abstract readonly capabilities: Capabilities
  abstract enqueue(input: Input<'enqueue'>): Output<'enqueue'>
  abstract promote(input: Input<'promote'>): Output<'promote'>
  abstract reap(input: Input<'reap'>): Output<'reap'>
  abstract claim(input: Input<'claim'>): Output<'claim'>
  abstract waitForReady(input: Input<'waitForReady'>): Output<'waitForReady'>
  abstract extend(input: Input<'extend'>): Output<'extend'>
  abstract settle(input: Input<'settle'>): Output<'settle'>

  async open(): Promise<void> {}
  async close(): Promise<void> {}
  async prune(_input: Input<'prune'>): Output<'prune'> {
    return { pruned: 0 }
  }
  async heartbeat(_input: Input<'heartbeat'>): Promise<void> {}
  async leave(_input: Input<'leave'>): Promise<void> {}
  async subscribe(_listener: Parameters<Store['subscribe']>[0]): Output<'subscribe'> {
    return async () => {}
  }

  async cancel(_input: Input<'cancel'>): Output<'cancel'> {
    throw new NotSupportedError(this.kind, 'cancel')
  }
  async reschedule(_input: Input<'reschedule'>): Output<'reschedule'> {
    throw new NotSupportedError(this.kind, 'reschedule')
  }
  async remove(_input: Input<'remove'>): Output<'remove'> {
    throw new NotSupportedError(this.kind, 'remove')
  }
  async redrive(_input: Input<'redrive'>): Output<'redrive'> {
    throw new NotSupportedError(this.kind, 'redrive')
  }
  async get(_input: Input<'get'>): Output<'get'> {
    throw new NotSupportedError(this.kind, 'get')
  }
  async list(_input: Input<'list'>): Output<'list'> {
    throw new NotSupportedError(this.kind, 'list')
  }
  async counts(_input: Input<'counts'>): Output<'counts'> {
    throw new NotSupportedError(this.kind, 'counts')
  }
  async workers(): Output<'workers'> {
    throw new NotSupportedError(this.kind, 'workers')
  }
}
