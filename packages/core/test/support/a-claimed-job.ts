import type { ClaimedJob } from '../../src/index.js'

/** A job under its first lease; override what matters. */
export function aClaimedJob(overrides: Partial<ClaimedJob> = {}): ClaimedJob {
  return {
    ...{ id: 'job-1', name: 'email', fence: { generation: 1, claim: 1 }, payload: '{"to":"ada"}', options: '' },
    ...{ executeAt: 0, enqueuedAt: 0, claimedAt: 0, attempts: 0, recoveries: 0 },
    ...overrides,
  }
}
