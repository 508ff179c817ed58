import { expect, test } from 'vitest'
import { type Source, trySources } from '../src/try-sources.js'

const found = { name: 'a server' }

function source(kind: Source<object>['kind'], outcome: object | Error, asked: string[], final = false): Source<object> {
  return {
    kind,
    final,
    attempt: async () => {
      asked.push(kind)
      if (outcome instanceof Error) throw outcome
      return outcome
    },
  }
}

test('the first source that delivers is taken, and those behind it are not asked', async () => {
  const asked: string[] = []
  const result = await trySources([
    source('url', { unavailable: 'not set' }, asked),
    source('path', found, asked),
    source('container', { name: 'another' }, asked),
  ])
  expect(result).toBe(found)
  expect(asked).toEqual(['url', 'path'])
})

test('a source that breaks gives way to the next', async () => {
  expect(await trySources([source('path', new Error('crashed'), []), source('debian', found, [])])).toBe(found)
})

test('a source that the user named gives way to none when it breaks', async () => {
  const asked: string[] = []
  const sources = [source('url', new Error('refused'), asked, true), source('path', found, asked)]
  await expect(trySources(sources)).rejects.toThrow('refused')
  expect(asked).toEqual(['url'])
})

test('with no source left, the error says why each failed and what to do', async () => {
  const sources = [
    source('path', { unavailable: 'no server on the PATH' }, []),
    source('debian', new Error('offline'), []),
  ]
  const message = await trySources(sources).catch(String)
  expect(message).toContain('path: no server on the PATH')
  expect(message).toContain('debian: offline')
  expect(message).toContain('GOSCHEDS_TEST_REDIS_URL')
})
