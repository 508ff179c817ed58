import { Scheduler, Worker } from '@goscheds/core'
import { connect } from './connect.js'
import { email } from './email.js'

const store = connect()
const worker = new Worker({ store })
// Moves scheduled jobs to their queue at their time, and puts back those of workers that died. It has to run
// somewhere that stays up: here, in the producer, or by itself. Several at once are fine; there is no leader.
const scheduler = new Scheduler({ store })

// Faults that they survive by themselves, such as a Redis that is away for a while.
worker.on('error', (error) => console.error(error.message))
scheduler.on('error', (error) => console.error(error.message))

worker.registerHandler(email, (job) => console.log(`email to ${job.args.to}`))
worker.start()
scheduler.start()
console.log('waiting for jobs')

async function shutDown(signal: string): Promise<void> {
  console.log(`${signal}: no new jobs, finishing those that run`)
  await worker.stop({ graceMs: 10_000 }) // what takes longer goes back to its queue, with its attempt
  await scheduler.stop()
  await store.close()
  console.log('stopped')
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void shutDown(signal))
}
