import { Scheduler, Worker } from '@goscheds/core'
import { ToyStore } from './toy-store.js'

const store = new ToyStore()
const scheduler = new Scheduler({ store })
const worker = new Worker({ store })

worker.registerHandler<{ text: string }>('print', (job) => console.log(`attempt ${job.attempt}: ${job.args.text}`))
const printed = new Promise((resolve) => worker.on('completed', resolve))

await scheduler.pushScheduled('print', { text: 'a store of my own, a second later' }, { delayMs: 1_000 })
scheduler.start()
worker.start()
await printed

await worker.stop()
await scheduler.stop()
await store.close()
