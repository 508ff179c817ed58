import { defineJob, NonRetryableError, Scheduler, Worker } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'

// A web request that needs what a job returns: it pushes, and waits for the result. On Redis the worker may be any
// process on any machine.
const store = new MemoryStore()
const scheduler = new Scheduler({ store })
const worker = new Worker({ store })

const thumbnail = defineJob<{ image: string }, { url: string }>({
  name: 'thumbnail',
  retain: { completedMs: 60_000 }, // without it a completed job leaves no trace, and no result
})

worker.registerHandler(thumbnail, ({ args: { image } }) => {
  if (image === 'broken.png') throw new NonRetryableError('broken.png is no image')
  return { url: `https://cdn.example.com/${image}` }
})
worker.start()

async function request(image: string): Promise<void> {
  const { id } = await scheduler.push(thumbnail, { image })
  try {
    const { url } = await scheduler.result<{ url: string }>(id, { timeoutMs: 5_000 })
    console.log(`200 ${url}`)
  } catch (error) {
    // What the handler threw, if it has given up; RESULT_TIMEOUT, if it takes too long.
    console.log(`422 ${(error as Error).message}`)
  }
}

await request('cat.png')
await request('broken.png')

await worker.stop()
await scheduler.stop()
await store.close()
