import { defineJob } from '@goscheds/core'

/** The one thing that producer and worker share: the job's name, its types and its options. */
export const email = defineJob<{ to: string }, void>({ name: 'email', maxAttempts: 5 })
