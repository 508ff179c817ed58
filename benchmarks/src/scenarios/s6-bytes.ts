import { benchJob } from '../payload.js'
import type { Scenario } from '../scenario.js'
import { expectRemaining } from './drain.js'
import { pushInChunks } from './push-in-chunks.js'

const DAY_MS = 86_400_000

/** What a job costs while nothing happens to it. */
export const s6Bytes: Scenario = {
  id: 'S6',
  title: 'Memory per job, the payload included',
  metrics: [{ key: 'bytes', label: 'bytes/job', digits: 0 }],
  variants: ['waiting', 'delayed'],
  targets: [
    { metric: 'bytes', store: 'redis', variant: 'waiting', bound: 'at most', value: 260 },
    { metric: 'bytes', store: 'redis', variant: 'delayed', bound: 'at most', value: 350 },
  ],
  jobs: 15_000,
  quickJobs: 2_000,

  async run({ subject, meter, jobs, variant }) {
    const executeAt = variant === 'delayed' ? new Date(Date.now() + DAY_MS) : undefined
    // One job before the first look, so that connections and scripts are not counted.
    await subject.push(benchJob(jobs, executeAt))
    const before = await meter.bytes()
    await pushInChunks(subject, jobs, (n) => benchJob(n, executeAt))
    const after = await meter.bytes()
    await expectRemaining(subject, jobs + 1)
    return { bytes: (after - before) / jobs }
  },
}
