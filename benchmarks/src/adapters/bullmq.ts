import type { Job, RedisOptions } from 'bullmq'
import type { BenchJob, Payload } from '../payload.js'
import type { Adapter } from './adapter.js'

const NAME = 'bench'

/**
 * BullMQ as its documentation advises for speed:
 * - finished jobs are removed at once (guide/workers/auto-removal-of-jobs), by an option of the worker: as an option of the jobs
 *   it does the same, but is stored with each, which costs a fifth more memory and a twentieth more CPU when they are added;
 * - many jobs go by `addBulk` (guide/queues/adding-bulks), many run at once by `concurrency` (guide/workers/concurrency);
 * - queue and worker have connections of their own, and the worker's retries for ever (guide/connections);
 * - no `QueueEvents`, no metrics, no telemetry.
 *
 * Left alone: `enableAutoPipelining` of ioredis, which gained nothing for producers and cost the worker a tenth more CPU.
 */
export const bullmq: Adapter = {
  name: 'bullmq',
  label: 'BullMQ',
  isPeer: true,
  keepsJobsIn: 'redis',
  bestConcurrency: 100,
  async open({ url, namespace, onFault }) {
    const { Queue, Worker } = await import('bullmq')
    const connection: RedisOptions = { ...hostAndPort(url), maxRetriesPerRequest: null }
    const queue = new Queue(NAME, { connection, prefix: namespace })
    queue.on('error', onFault)
    await queue.waitUntilReady()

    return {
      async push(job) {
        const { name, data, opts } = toEntry(job)
        await queue.add(name, data, opts)
      },

      async pushMany(jobs) {
        await queue.addBulk(jobs.map(toEntry))
      },

      async process({ concurrency, onJob, onSettled }) {
        const worker = new Worker(NAME, async ({ data }: Job<Payload>) => onJob(data), {
          connection,
          prefix: namespace,
          removeOnComplete: { count: 0 },
          removeOnFail: { count: 0 },
          ...(concurrency !== undefined && { concurrency }),
        })
        worker
          .on('error', onFault)
          .on('completed', onSettled)
          .on('failed', (_, error) => onFault(error))
          .on('stalled', (id) => onFault(new Error(`job ${id} stalled`)))
        return () => worker.close()
      },

      async remaining() {
        const counts = await queue.getJobCounts('wait', 'delayed', 'active', 'prioritized')
        return Object.values(counts).reduce((sum, count) => sum + count, 0)
      },

      async close() {
        await queue.close()
      },
    }
  },
}

function toEntry({ payload, executeAt }: BenchJob): {
  readonly name: string
  readonly data: Payload
  readonly opts?: { readonly delay: number }
} {
  const entry = { name: NAME, data: payload }
  return executeAt === undefined ? entry : { ...entry, opts: { delay: Math.max(0, executeAt.getTime() - Date.now()) } }
}

function hostAndPort(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}
