import { EventEmitter } from 'node:events'
import type { Logger } from './logger.js'

/** What every emitter has beside its own events. */
export interface ErrorEvent {
  /** A fault that was survived. With no listener it goes to the logger. */
  error: Error
}

type Listener<Payload> = (event: Payload) => void

/**
 * Typed events, one object each. A listener that throws harms nobody: its error goes to the logger. Nor
 * does an `error` event that nobody listens to.
 */
export class Emitter<Events extends ErrorEvent> {
  readonly #emitter = new EventEmitter()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  on<Name extends keyof Events & string>(name: Name, listener: Listener<Events[Name]>): void {
    this.#emitter.on(name, listener)
  }

  off<Name extends keyof Events & string>(name: Name, listener: Listener<Events[Name]>): void {
    this.#emitter.off(name, listener)
  }

  emit<Name extends keyof Events & string>(name: Name, event: Events[Name]): void {
    const listeners = this.#emitter.listeners(name) as Listener<Events[Name]>[]
    if (listeners.length === 0 && name === 'error') this.#logger.error('goscheds:', event)
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#logger.error(`goscheds: a listener of '${name}' threw:`, error)
      }
    }
  }

  /** Emits an `error` event for anything that was thrown. */
  fault(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
    this.emit('error', error)
  }

  has(name: keyof Events & string): boolean {
    return this.#emitter.listenerCount(name) > 0
  }
}
