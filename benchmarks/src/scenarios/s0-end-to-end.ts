import type { Scenario } from '../scenario.js'
import { expectRemaining } from './drain.js'
import { pushInFlight } from './push-in-flight.js'

const IN_FLIGHT = 64

/** A producer and a worker at once in one process, as the library comes. */
export const s0EndToEnd: Scenario = {
  id: 'S0',
  title: 'Pushed and processed at once, default settings, 64 pushes in flight',
  metrics: [
    { key: 'jobsPerSecond', label: 'jobs/s', digits: 0 },
    { key: 'seconds', label: 'seconds', digits: 2 },
  ],
  jobs: 100_000,
  quickJobs: 10_000,
  isDefault: false,

  async run({ subject, tally, jobs }) {
    const start = performance.now()
    const stop = await subject.process({
      onJob: ({ n }) => tally.handled(n),
      onSettled: () => tally.settled(),
    })
    await Promise.all([pushInFlight(subject, jobs, IN_FLIGHT), tally.finished()])
    const seconds = (performance.now() - start) / 1_000
    await stop()
    await expectRemaining(subject, 0)
    tally.verify()
    return { jobsPerSecond: jobs / seconds, seconds }
  },
}
