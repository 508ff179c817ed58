// A worker and a scheduler in a process of their own, on the built packages: to be killed and frozen by faults.test.ts.
// Reports what its handlers do to the Redis list `log`, and obeys the key `hold`: handlers end when it is gone.
import { Scheduler, Worker } from '@goscheds/core'
import { RedisStore } from '@goscheds/redis'
import { Redis } from 'ioredis'

const [url, namespace, label] = process.argv.slice(2)
const redis = new Redis(url, { maxRetriesPerRequest: null })
const store = new RedisStore({ connection: url, namespace })
const say = (event, fields = {}) => redis.rpush('log', JSON.stringify({ event, label, ...fields }))

const scheduler = new Scheduler({ store, reapIntervalMs: 200 })
const worker = new Worker({ store, leaseMs: 1_500, concurrency: 50 })
worker.registerHandler('work', async (job, { signal }) => {
  await say('start', { id: job.id, claim: job.fence.claim })
  for (let looks = 0; (await redis.exists(`hold:${label}`)) === 1; looks++) {
    if (looks === 0) await say('held', { id: job.id, claim: job.fence.claim })
    signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await new Promise((resolve) => setTimeout(resolve, job.args?.ms ?? 0))
  await say('end', { id: job.id, claim: job.fence.claim })
  return label
})
for (const event of ['completed', 'lost', 'released']) {
  worker.on(event, ({ job, lease }) => void say(event, { id: (job ?? lease).id, claim: (job ?? lease).fence.claim }))
}
worker.on('error', (error) => void say('error', { message: error.message }))
scheduler.on('error', (error) => void say('error', { message: error.message }))
scheduler.on('reaped', ({ id, outcome }) => void say('reaped', { id, outcome }))
process.on('SIGTERM', async () => {
  await Promise.all([worker.stop({ graceMs: 2_000 }), scheduler.stop()])
  await store.close()
  await say('stopped')
  redis.disconnect()
})
scheduler.start()
worker.start()
await say('ready', { pid: process.pid })
