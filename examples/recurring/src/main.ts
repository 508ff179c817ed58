import { Scheduler, Worker } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'

const store = new MemoryStore()
// Any number may run: a fire is one step in the store, which happens once.
const scheduler = new Scheduler({ store })
const another = new Scheduler({ store })
const { schedules } = scheduler

// The next times of any rule, before it is put: here over the night in which the clocks of Paris go from 2 to 3.
const nightly = { cron: '30 2 * * *', timeZone: 'Europe/Paris' }
for (const time of await schedules.next(nightly, 3, new Date('2025-03-29T00:00:00Z'))) {
  console.log(`02:30 in Paris is ${time.toISOString()}`)
}

let reports = 0
const worker = new Worker({ store })
const allReported = new Promise<void>((resolve) => {
  worker.registerHandler('report', ({ args, schedule }) => {
    console.log(`report ${++reports} on ${String(args)} began ${schedule?.lateMs} ms late`)
    if (reports === 3) resolve()
  })
})
const triggered = new Promise<void>((resolve) => {
  worker.registerHandler('invoices', ({ schedule }) => {
    console.log(`invoices are made, for the schedule '${schedule?.id}'`)
    resolve()
  })
})

const report = { id: 'report', name: 'report', args: 'sales', everyMs: 250, maxRuns: 3 }
for (const deploy of [1, 2]) console.log(`deploy ${deploy}: the report is ${(await schedules.put(report)).status}`)
const invoices = { id: 'invoices', name: 'invoices', cron: '0 6 1 * *', timeZone: 'America/New_York' }
await schedules.put(invoices)

scheduler.start()
another.start()
worker.start()
await allReported
const reported = await schedules.get('report')
console.log(`the report has fired ${reported?.fired} times, and is ${reported?.nextAt === null ? 'over' : 'not over'}`)

await schedules.pause('invoices', 'the bank is closed')
console.log(`invoices are paused: ${(await schedules.get('invoices'))?.paused?.note}`)
console.log(`by hand they are ${(await schedules.trigger('invoices')).status} all the same`)
await triggered
const resumed = await schedules.resume('invoices')
const next = await schedules.next('invoices', 1)
console.log(`invoices are ${resumed.status}, for the ${next?.[0]?.getUTCDate()}st of the month`)

await worker.stop()
await another.stop()
await scheduler.stop()
await store.close()
