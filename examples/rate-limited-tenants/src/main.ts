import { defineJob, Inspector, Scheduler, Worker } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { MailApi } from './mail-api.js'

const mail = defineJob<{ tenant: string; to: string }>({ name: 'mail' })
const api = await MailApi.start()
const store = new MemoryStore()
const scheduler = new Scheduler({ store })

// What the API allows, kept by the store: all workers together are held to it, and it outlives them.
await new Inspector({ store }).setLimits('mail', {
  concurrency: 3,
  rate: { limit: 40, perMs: 1_000, burst: 5 },
  perGroup: { concurrency: 2 },
})

// The large tenant comes first; the small ones are not behind its mails.
const mailOf = (tenant: string) => mail.entry({ tenant, to: `someone@${tenant}.example` }, { group: { key: tenant } })
await scheduler.pushMany([...Array.from({ length: 12 }, () => mailOf('acme')), mailOf('bob'), mailOf('cy')])

const begun: { readonly tenant: string; readonly attempt: number; readonly at: number }[] = []
let refusedAt = 0
let sent = 0
let whenAllSent: () => void
const allSent = new Promise<void>((resolve) => (whenAllSent = resolve))

const workers = [new Worker({ store }), new Worker({ store })]
for (const worker of workers) {
  worker.registerHandler(mail, async ({ args: { tenant }, attempt }, { rateLimited, signal }) => {
    begun.push({ tenant, attempt, at: performance.now() })
    const response = await fetch(`${api.origin}/${tenant}`, { method: 'POST', signal })
    if (response.status === 429) rateLimited(Number(response.headers.get('Retry-After')) * 1_000)
    if (!response.ok) throw new Error(`the API answered ${response.status}`)
  })
  worker.on('released', () => (refusedAt = performance.now()))
  worker.on('completed', () => ++sent === 14 && whenAllSent())
  worker.start()
}
await allSent

const first = begun.slice(0, 3).map(({ tenant }) => tenant)
console.log(`the first mails were of ${first.sort().join(', ')}`)
console.log(`at most ${api.most.ofAll} at a time, and at most ${api.most.ofOne} of one tenant`)
const next = begun.find(({ at }) => at > refusedAt)
console.log(`the API said 429 once, and was left alone for ${Math.round((next?.at ?? 0) - refusedAt)} ms`)
const ofEach = ['acme', 'bob', 'cy'].map(
  (tenant) => `${api.sent.filter((other) => other === tenant).length} of ${tenant}`,
)
console.log(`sent: ${ofEach.join(', ')}; attempts of each: ${Math.max(...begun.map(({ attempt }) => attempt))}`)

for (const worker of workers) await worker.stop()
await scheduler.stop()
await store.close()
await api.stop()
