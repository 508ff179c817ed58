import { on } from 'node:events'
import { connect } from 'node:net'
import type { Scenario } from '../scenario.js'
import { startHelper } from '../scale/helper-process.js'
import { median } from '../statistics.js'
import { cpuMeter, cpuMetrics } from './cpu-per-job.js'
import { drain, expectRemaining } from './drain.js'
import { pushInChunks } from './push-in-chunks.js'

const NEAR = 'no delay'
const FAR = '1 ms each way'

const ROUND_TRIPS = 100

/** What a network between the library and Redis costs. Both variants go through the same proxy. */
export const s12Latency: Scenario = {
  id: 'S12',
  title: 'Drain of no-op jobs through a proxy that delays what it hands on',
  metrics: [
    { key: 'jobsPerSecond', label: 'jobs/s', digits: 0 },
    ...cpuMetrics,
    { key: 'proxyCpu', label: 'proxy CPU s/10,000', digits: 3 },
    { key: 'roundTrip', label: 'round trip, ms', digits: 2 },
  ],
  variants: [NEAR, FAR],
  targets: [{ metric: 'jobsPerSecond', store: 'redis', variant: FAR, than: NEAR, bound: 'at least', value: 0.8 }],
  jobs: 50_000,
  quickJobs: 5_000,
  isDefault: false,
  appliesTo: ({ name }) => name === 'redis',

  async run(context) {
    const { subject, environment, openAt, meter, jobs, variant, bestConcurrency } = context
    await pushInChunks(subject, jobs)
    await expectRemaining(subject, jobs)
    const proxy = await startHelper<number>('delay-proxy', [environment.url, variant === FAR ? '1' : '0'])
    const port = Number(proxy.ready)
    const roundTrip = await measureRoundTrip(port)
    const there = await openAt(`redis://127.0.0.1:${String(port)}`)
    try {
      // Connects, so that this is not timed.
      await expectRemaining(there, jobs)
      const cpuPerJob = await cpuMeter(meter)
      const elapsedMs = await drain({ ...context, subject: there }, bestConcurrency)
      const cpu = await cpuPerJob(jobs)
      await there.close()
      const proxyCpu = ((await proxy.stop()) / jobs) * 10_000
      return { jobsPerSecond: jobs / (elapsedMs / 1_000), ...cpu, proxyCpu, roundTrip }
    } finally {
      await there.close()
    }
  },
}

/** The median of what `PING` takes there and back, in milliseconds. */
async function measureRoundTrip(port: number): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const answers = on(socket, 'data')
  const took: number[] = []
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    const start = performance.now()
    socket.write('PING\r\n')
    await answers.next()
    took.push(performance.now() - start)
  }
  socket.destroy()
  return median(took)
}
