import { Scheduler, Worker } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'

// One mail for a burst of comments. Each comment pushes the same unique job, and each push moves it further away, so the
// mail goes out once it has been quiet for a while.
const QUIET_MS = 500

const store = new MemoryStore()
const scheduler = new Scheduler({ store })
const worker = new Worker({ store })
const unread = new Map<string, string[]>()

/** Notes a comment for a user, and sees to it that there is a digest to come. */
async function comment(user: string, text: string): Promise<void> {
  unread.set(user, [...(unread.get(user) ?? []), text])
  // Until it has started: a comment that comes while a digest is being sent makes another digest.
  const unique = { key: user, until: 'started', onConflict: 'reschedule' } as const
  const { status } = await scheduler.pushScheduled('digest', { user }, { delayMs: QUIET_MS, unique })
  console.log(`${user} has a comment (${text}): the digest was ${status}`)
}

const allSent = new Promise<void>((resolve) => {
  let sent = 0
  worker.registerHandler<{ user: string }>('digest', ({ args: { user } }) => {
    // What goes into the mail is read when it is sent, so the job needs to know no more than for whom it is.
    const texts = unread.get(user) ?? []
    unread.delete(user)
    console.log(`to ${user}: ${texts.length} comments (${texts.join(', ')})`)
    if (++sent === 2) resolve()
  })
})

scheduler.start()
worker.start()
await comment('ada', 'nice')
await comment('bob', 'hello')
await comment('ada', 'really')
await comment('ada', 'bye')

await allSent
await worker.stop()
await scheduler.stop()
await store.close()
