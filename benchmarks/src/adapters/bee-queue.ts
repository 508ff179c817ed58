import type { Job } from 'bee-queue'
import type { BenchJob, Payload } from '../payload.js'
import type { Adapter } from './adapter.js'

const NAME = 'bench'

/**
 * bee-queue with the settings that its documentation gives for speed ("Optimizing Redis Connections", "Settings"):
 * - `removeOnSuccess`, so that finished jobs are removed at once;
 * - no events between processes (`getEvents`, `sendEvents`) and no table of jobs (`storeJobs`);
 * - many jobs go by `saveAll`, many run at once by the concurrency of `process`;
 * - `activateDelayedJobs` with a `delayedDebounce` of 0 in place of 1 s, so that no scheduled job is held back to run with
 *   later ones.
 *
 * Left alone: `nearTermWindow`. At 1 ms it makes scheduled jobs more punctual, as it then asks Redis a thousand times a second,
 * also when there is nothing to do.
 */
export const beeQueue: Adapter = {
  name: 'bee-queue',
  label: 'bee-queue',
  isPeer: true,
  keepsJobsIn: 'redis',
  bestConcurrency: 500,
  async open({ url, namespace, onFault }) {
    const { default: Queue } = await import('bee-queue')
    const queue = new Queue<Payload>(NAME, {
      redis: { url },
      prefix: namespace,
      getEvents: false,
      sendEvents: false,
      storeJobs: false,
      removeOnSuccess: true,
      removeOnFailure: true,
      activateDelayedJobs: true,
      delayedDebounce: 0,
    })
    queue.on('error', onFault)
    await queue.ready()
    const toJob = ({ payload, executeAt }: BenchJob): Job<Payload> => {
      const job = queue.createJob(payload)
      return executeAt === undefined ? job : job.delayUntil(executeAt)
    }

    return {
      async push(job) {
        await toJob(job).save()
      },

      async pushMany(jobs) {
        const errors = await queue.saveAll(jobs.map(toJob))
        for (const error of errors.values()) throw error
      },

      async process({ concurrency = 1, onJob, onSettled }) {
        queue
          .on('succeeded', onSettled)
          .on('failed', (_, error) => onFault(error))
          .on('retrying', (_, error) => onFault(error))
          .on('stalled', (id) => onFault(new Error(`job ${id} stalled`)))
          .process(concurrency, async ({ data }: Job<Payload>) => onJob(data))
        return async () => undefined
      },

      async remaining() {
        const { waiting, active, delayed } = await queue.checkHealth()
        return waiting + active + delayed
      },

      async close() {
        await queue.close()
      },
    }
  },
}
