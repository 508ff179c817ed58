import { expect, test } from 'vitest'
import { aPush, HistoryBuilder } from './history-builder.js'

const unique = { key: 'ada', until: 'finished', onConflict: 'replace' } as const

test('G12: an id that another push of the same call has replaced may be given away again, and not before', () => {
  const jobs = [aPush({ id: 'a', unique }), aPush({ id: 'b', unique }), aPush({ id: 'a' })]
  const added = { status: 'added', id: 'a' } as const
  const replaced = { status: 'replaced', id: 'b', replacedId: 'a' } as const
  const again = [...jobs, aPush({ id: 'a' })]
  const broken = (jobsInOrder: typeof jobs, answers: readonly object[]): string[] =>
    new HistoryBuilder().call('enqueue', { jobs: jobsInOrder }, answers as never).broken()

  expect(broken(jobs, [added, replaced, added])).toEqual([])
  expect(broken(jobs, [added, { status: 'added', id: 'b' }, added])).toContain('G12 a 0 1')
  expect(broken(again, [added, replaced, added, added])).toContain('G12 a 0 1')
  expect(broken([jobs[0], jobs[2], jobs[1]] as typeof jobs, [added, added, replaced])).toContain('G12 a 0 1')
})
