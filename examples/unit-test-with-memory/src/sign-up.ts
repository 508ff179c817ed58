import { defineJob, type Scheduler, type Worker } from '@goscheds/core'

/** Sends mail; the program passes its mail service, the test a list. */
export interface Mailer {
  send(mail: { readonly to: string; readonly subject: string }): Promise<void>
}

const THREE_DAYS_MS = 3 * 24 * 60 * 60 * 1_000

const welcome = defineJob<{ to: string }, void>({ name: 'welcome' })
const reminder = defineJob<{ to: string }, void>({
  name: 'reminder',
  maxAttempts: 5,
  backoff: { type: 'fixed', delayMs: 60_000 },
})

/** Greets a new user now, and again three days later. */
export async function signUp(scheduler: Scheduler, address: string): Promise<void> {
  await scheduler.push(welcome, { to: address })
  await scheduler.pushScheduled(reminder, { to: address }, { delayMs: THREE_DAYS_MS })
}

/** What a worker does about it. */
export function handleMails(worker: Worker, mailer: Mailer): void {
  worker.registerHandler(welcome, ({ args }) => mailer.send({ to: args.to, subject: 'Welcome!' }))
  worker.registerHandler(reminder, ({ args }) => mailer.send({ to: args.to, subject: 'Have you tried it yet?' }))
}
