import { Inspector, Scheduler, Worker } from '@goscheds/core'
import { chooseStore } from './choose-store.js'
import { printAttempt, printEnd, printHeading } from './timeline.js'

const store = await chooseStore() // jobs live here: new MemoryStore(), or new RedisStore({ … })
const scheduler = new Scheduler({ store }) // pushes jobs, and brings each to its queue at its time
const worker = new Worker({ store }) // takes jobs from their queues and runs your handlers

worker.registerHandler<{ text: string; failsOnce?: boolean }>('print', (job) => {
  const fails = job.args.failsOnce === true && job.attempt === 1
  printAttempt(job, fails)
  if (fails) throw new Error('no paper') // a failed job is tried again: at once, then ever later
})

const JOBS = 5
let completed = 0
const allCompleted = new Promise<void>((resolve) => {
  worker.on('completed', () => ++completed === JOBS && resolve())
})

scheduler.start()
worker.start()
printHeading(store.kind)

await scheduler.push('print', { text: 'right away' })
await scheduler.push('print', { text: 'fails once', failsOnce: true })
for (const seconds of [1, 2, 3]) {
  const executeAt = new Date(Date.now() + seconds * 1_000)
  await scheduler.pushScheduled('print', { text: `${seconds} s ahead` }, { executeAt })
}

await allCompleted
printEnd(completed, await new Inspector({ store }).counts())
await worker.stop()
await scheduler.stop()
await store.close()
