import { Inspector, type JobEntry, Scheduler, type Store, Worker } from '@goscheds/core'
import type { BenchJob, Payload } from '../payload.js'
import type { AdapterEnvironment, ProcessOptions, Subject } from './adapter.js'

/** The name of jobs that have none of their own. */
export const NAME = 'bench'

/** Any goscheds store as a subject: the same code for all, with the library's defaults. */
export function goschedsSubject(store: Store, { onFault }: Pick<AdapterEnvironment, 'onFault'>): Subject {
  const onFailure = ({ error }: { readonly error: Error }): void => onFault(error)
  const scheduler = new Scheduler({ store }).on('error', onFault)

  return {
    async push({ payload, executeAt }) {
      const { status } =
        executeAt === undefined
          ? await scheduler.push(NAME, payload)
          : await scheduler.pushScheduled(NAME, payload, { executeAt })
      if (status !== 'added') throw new Error(`job ${String(payload.n)} was not added but ${status}`)
    },

    async pushMany(jobs) {
      const results = await scheduler.pushMany(jobs.map(toEntry))
      const other = results.findIndex(({ status }) => status !== 'added')
      if (other !== -1) throw new Error(`entry ${String(other)} was not added but ${String(results[other]?.status)}`)
    },

    async process({ name = NAME, concurrency, onJob, onSettled }: ProcessOptions) {
      const worker = new Worker({ store })
        .on('error', onFault)
        .on('completed', onSettled)
        .on('retrying', onFailure)
        .on('dead', onFailure)
        .on('released', ({ lease }) => onFault(new Error(`the lease of job ${lease.id} was released`)))
        .on('lost', ({ lease }) => onFault(new Error(`the lease of job ${lease.id} was lost`)))
        .registerHandler<Payload>(
          name,
          async ({ args }) => onJob(args),
          concurrency === undefined ? {} : { concurrency },
        )
      worker.start()
      scheduler.start()
      return () => worker.stop()
    },

    async remaining(name = NAME) {
      const [counts] = await new Inspector({ store }).counts([name])
      return counts === undefined ? 0 : counts.scheduled + counts.ready + counts.active
    },

    async close() {
      await scheduler.stop()
      await store.close()
    },
  }
}

function toEntry({ name = NAME, payload, executeAt, group }: BenchJob): JobEntry {
  const entry = { name, args: payload, ...(group !== undefined && { group: { key: group } }) }
  return executeAt === undefined ? entry : { ...entry, executeAt }
}
