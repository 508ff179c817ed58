import { EventEmitter } from 'node:events'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { toError } from '../job/failure.js'
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
  readonly #names: readonly (keyof Events & string)[]

  constructor(logger: Logger, names: readonly (keyof Events & string)[]) {
    this.#names = names
    this.#emitter.setMaxListeners(0)
    this.#logger = logger
  }

  on<Name extends keyof Events & string>(name: Name, listener: Listener<Events[Name]>): void {
    if (!this.#names.includes(name)) {
      throw new InvalidArgumentError(`there is no event '${name}'; there are ${this.#names.join(', ')}`)
    }
    this.#emitter.on(name, listener)
  }

  off<Name extends keyof Events & string>(name: Name, listener: Listener<Events[Name]>): void {
    this.#emitter.off(name, listener)
  }

  emit<Name extends keyof Events & string>(name: Name, event: Events[Name]): void {
    if (this.#emitter.listenerCount(name) === 0) {
      if (name === 'error') this.#logUnheard(event as Error)
      return
    }
    const listeners = this.#emitter.listeners(name) as Listener<Events[Name]>[]
    const onThrown = (error: unknown): void => this.#log(`goscheds: a listener of '${name}' threw:`, error)
    for (const listener of listeners) {
      try {
        // An async listener is not awaited, but its rejection must not end the process.
        const returned: unknown = listener(event)
        if (returned instanceof Promise) returned.catch(onThrown)
      } catch (error) {
        onThrown(error)
      }
    }
  }

  /** Emits an `error` event for anything that was thrown. */
  fault(thrown: unknown): void {
    this.emit('error', toError(thrown))
  }

  /** The faults that core has named need no stack: a store that is away brings the same one again and again. */
  #logUnheard(error: Error): void {
    if (error instanceof GoschedsError) this.#log(`goscheds: ${error.code}: ${error.message}`)
    else this.#log('goscheds:', error)
  }

  #log(message: string, detail?: unknown): void {
    try {
      if (detail === undefined) this.#logger.error(message)
      else this.#logger.error(message, detail)
    } catch {
      // A logger that throws leaves nobody to tell.
    }
  }
}
