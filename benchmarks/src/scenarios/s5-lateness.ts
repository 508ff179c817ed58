import type { Scenario } from '../scenario.js'
import { lateness, WARM_UP } from './lateness.js'

/** How long after its time a scheduled job starts, and that none starts before it. */
export const s5Lateness: Scenario = {
  id: 'S5',
  title: 'Lateness of scheduled jobs, one due every 5 ms',
  metrics: [
    { key: 'p50', label: 'p50 ms', digits: 2 },
    { key: 'p99', label: 'p99 ms', digits: 2 },
    { key: 'max', label: 'max ms', digits: 2 },
    { key: 'early', label: 'early', digits: 0 },
  ],
  targets: [
    { metric: 'p50', store: 'redis', bound: 'at most', value: 1 },
    { metric: 'p99', store: 'redis', bound: 'at most', value: 3 },
  ],
  jobs: 500 + WARM_UP,
  quickJobs: 200,

  async run({ subject, tally, jobs }) {
    return { ...(await lateness({ subject, tally, jobs })), early: 0 }
  },
}
