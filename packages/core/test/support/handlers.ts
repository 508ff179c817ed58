import type { Handler } from '../../src/index.js'

/** Runs until its signal aborts, then gives up as it should. */
export const untilAborted: Handler<unknown, never> = (_job, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })

/** Never ends, whatever its signal says. */
export const endless: Handler<unknown, never> = () => new Promise(() => {})

/** Fails each time. */
export const broken: Handler<unknown, never> = () => {
  throw new Error('SMTP is down')
}

/** A thrown thing that defends itself against every look at it. */
export function hostileError(): object {
  const trap = (): never => {
    throw new Error('a trap')
  }
  return new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap, getOwnPropertyDescriptor: trap })
}

/** What a handler must not return: it throws when one asks what it has (`has`), or for this member of it. */
export function aTrap({ at }: { readonly at: 'has' | 'then' | 'next' }): object {
  const spring = (): never => {
    throw new Error('a trap')
  }
  const get = (target: object, key: PropertyKey): unknown => (key === at ? spring() : Reflect.get(target, key))
  return new Proxy(at === 'has' ? {} : { [Symbol.asyncIterator]: spring }, at === 'has' ? { has: spring } : { get })
}
