import { describe, expect, it } from 'vitest'
import { Emitter, type ErrorEvent } from '../../src/service/emitter.js'
import { aLogger } from '../support/a-world.js'
import { unhandledDuring } from '../support/unhandled-during.js'

interface Events extends ErrorEvent {
  done: { readonly n: number }
}

function anEmitter() {
  const logger = aLogger()
  return { logger, emitter: new Emitter<Events>(logger, ['done', 'error']) }
}

describe('an emitter', () => {
  it('refuses a listener of an event that there is not, and says which there are', () => {
    const { emitter } = anEmitter()
    const message = "there is no event 'finished'; there are done, error"
    expect(() => emitter.on('finished' as 'done', () => {})).toThrow(message)
  })

  it('calls the listeners of an event in the order in which they came', () => {
    const { emitter } = anEmitter()
    const seen: string[] = []
    emitter.on('done', ({ n }) => seen.push(`a${n}`))
    emitter.on('done', ({ n }) => seen.push(`b${n}`))
    emitter.emit('done', { n: 1 })
    expect(seen).toEqual(['a1', 'b1'])
  })

  it('does not call a listener that was taken off', () => {
    const { emitter } = anEmitter()
    const seen: number[] = []
    const listener = ({ n }: { readonly n: number }): void => void seen.push(n)
    emitter.on('done', listener)
    emitter.off('done', listener)
    emitter.emit('done', { n: 1 })
    expect(seen).toEqual([])
  })

  it('sends an error that nobody listens to to the logger and does not throw', () => {
    const { emitter, logger } = anEmitter()
    const error = new Error('down')
    emitter.emit('error', error)
    expect(logger.lines).toEqual([[expect.any(String), error]])
  })

  it('leaves the logger alone when somebody listens to errors', () => {
    const { emitter, logger } = anEmitter()
    const seen: Error[] = []
    emitter.on('error', (error) => seen.push(error))
    emitter.fault(new Error('down'))
    expect(seen.map(({ message }) => message)).toEqual(['down'])
    expect(logger.lines).toEqual([])
  })

  it('makes an Error of whatever else was thrown', () => {
    const { emitter } = anEmitter()
    const seen: Error[] = []
    emitter.on('error', (error) => seen.push(error))
    emitter.fault('down')
    expect(seen[0]).toBeInstanceOf(Error)
    expect(seen[0]?.cause).toBe('down')
  })

  it('makes an Error of a thrown object that has no text', () => {
    const { emitter } = anEmitter()
    const seen: Error[] = []
    emitter.on('error', (error) => seen.push(error))
    expect(() => emitter.fault(Object.create(null))).not.toThrow()
    expect(seen).toHaveLength(1)
  })

  it('calls the other listeners when one throws, and tells the logger', () => {
    const { emitter, logger } = anEmitter()
    const seen: number[] = []
    emitter.on('done', () => {
      throw new Error('a bad listener')
    })
    emitter.on('done', ({ n }) => seen.push(n))
    emitter.emit('done', { n: 1 })
    expect(seen).toEqual([1])
    expect(logger.lines).toEqual([[expect.stringContaining("'done'"), expect.any(Error)]])
  })

  it('is not harmed by a listener of errors that throws', () => {
    const { emitter, logger } = anEmitter()
    emitter.on('error', () => {
      throw new Error('a bad listener')
    })
    emitter.fault(new Error('down'))
    expect(logger.lines).toHaveLength(1)
  })

  it('is not harmed by an async listener that rejects', async () => {
    const { emitter, logger } = anEmitter()
    // What a user's `async` listener is, whatever the types of the event say.
    const listener = (): void => Promise.reject(new Error('a bad listener')) as unknown as void
    emitter.on('done', listener)
    expect(await unhandledDuring(() => emitter.emit('done', { n: 1 }))).toEqual([])
    expect(logger.lines).toEqual([[expect.stringContaining("'done'"), expect.any(Error)]])
  })

  it('lets a listener take itself off while the event is under way', () => {
    const { emitter } = anEmitter()
    const seen: string[] = []
    const once = (): void => {
      seen.push('once')
      emitter.off('done', once)
    }
    emitter.on('done', once)
    emitter.on('done', () => seen.push('always'))
    emitter.emit('done', { n: 1 })
    emitter.emit('done', { n: 2 })
    expect(seen).toEqual(['once', 'always', 'always'])
  })
})
