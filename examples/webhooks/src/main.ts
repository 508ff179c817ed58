import { Inspector, Scheduler, Worker } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { Receiver } from './receiver.js'
import { deliver, webhook } from './webhook.js'

const receiver = await Receiver.start()
const store = new MemoryStore()
const scheduler = new Scheduler({ store })
const worker = new Worker({ store })
const inspector = new Inspector({ store })

/** Resolves when so many deliveries have ended, well or not. */
function ended(count: number): Promise<void> {
  return new Promise((resolve) => {
    const countDown = (): void => void (--count === 0 && resolve())
    worker.on('completed', countDown)
    worker.on('dead', countDown)
  })
}

const pathOf = (url: string): string => new URL(url).pathname
worker.registerHandler(webhook, async (job, context) => {
  await deliver(job, context)
  console.log(`${pathOf(job.args.url)}: delivered, attempt ${job.attempt}`)
})
worker.on('dead', ({ job, reason, error }) => {
  const { url } = job?.args as { url: string }
  console.log(`${pathOf(url)}: dead (${reason}: ${error.message})`)
})

scheduler.start()
worker.start()
const firstRound = ended(3)
for (const path of ['/flaky', '/gone', '/down']) {
  await scheduler.push(webhook, { url: receiver.origin + path, event: 'paid' })
}
await firstRound

// The dead ones are kept, with their errors, until somebody looks.
const { jobs } = await inspector.list({ name: 'webhook', state: 'dead' })
console.log(`${jobs.length} dead letters`)
for (const { id, deadReason } of jobs) if (deadReason === 'non-retryable') await inspector.remove(id)

receiver.repair()
const secondRound = ended(1)
console.log(`the customer has repaired the server; redriven: ${await inspector.redriveAll('webhook')}`)
await secondRound

await worker.stop()
await scheduler.stop()
await store.close()
await receiver.stop()
