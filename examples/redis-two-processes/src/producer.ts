import { Scheduler } from '@goscheds/core'
import { connect } from './connect.js'
import { email } from './email.js'

const store = connect()
// Never started: it only pushes. The one in the worker program keeps the time.
const scheduler = new Scheduler({ store })

try {
  await scheduler.push(email, { to: 'ada@example.com' })
  await scheduler.pushMany([
    email.entry({ to: 'bob@example.com' }),
    email.entry({ to: 'cy@example.com' }, { delayMs: 1_000 }),
  ])
  console.log('pushed 3 emails, the last one for a second from now')
} catch (error) {
  console.error(`nothing was pushed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  await scheduler.stop()
  await store.close()
}
