import { expect, test } from 'vitest'
import { HistoryBuilder } from './history-builder.js'

test('G8: a job that expired before it was due runs when it is redriven; no other is redriven before it is due', () => {
  const claimed = { executeAt: 9_000 }
  const history = (expiresAt: number | undefined, status: 'redriven' | 'not-found'): HistoryBuilder => {
    const pushed = new HistoryBuilder().push({ delayMs: 9_000, ...(expiresAt !== undefined && { expiresAt }) })
    if (expiresAt !== undefined) pushed.wait(5_000).expire(['a'])
    return pushed.call('redrive', { ids: ['a'] }, [{ status }])
  }
  const early = (built: HistoryBuilder): string[] =>
    built
      .claim(claimed)
      .start(1, claimed)
      .broken()
      .filter((broken) => broken.startsWith('G8'))

  expect(early(history(5_000, 'redriven'))).toEqual([])
  expect(early(history(5_000, 'not-found'))).toHaveLength(2)
  expect(early(history(undefined, 'redriven'))).toHaveLength(2)
  const before = new HistoryBuilder().push({ delayMs: 9_000, expiresAt: 5_000 }).claim(claimed)
  expect(early(before.call('redrive', { ids: ['a'] }, [{ status: 'redriven' }]))).toHaveLength(2)
})
