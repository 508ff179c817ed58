// Pushes jobs that nothing is to run yet, in a process of its own: what a process has pushed would be measured with what
// it does later. The URL of the server, the namespace, the number of the first job, and how many are to wait and to be
// scheduled each.
import { redis } from '../adapters/redis.js'
import { type BenchJob, benchJob } from '../payload.js'
import { pushInChunks } from '../scenarios/push-in-chunks.js'
import { serveAsHelper } from './helper-process.js'

const DAY_MS = 86_400_000

/** Among so many names the half is spread that does not have the name of the jobs that run. */
const OTHER_NAMES = 10

const [, , url = '', namespace = '', first = '', count = ''] = process.argv
const tomorrow = new Date(Date.now() + DAY_MS)

/** Every other one has the name of the jobs that run. */
function jobOf(n: number, executeAt?: Date): BenchJob {
  const job = benchJob(Number(first) + n, executeAt)
  return n % 2 === 0 ? job : { ...job, name: `other-${String(Math.floor(n / 2) % OTHER_NAMES)}` }
}

const subject = await redis.open({
  ...{ url, namespace },
  onFault(error) {
    throw error
  },
})
await pushInChunks(subject, Number(count), (n) => jobOf(n))
await pushInChunks(subject, Number(count), (n) => jobOf(n, tomorrow))
await subject.close()
serveAsHelper('pushed', () => 'done')
