import { defineJob, type Handler, NonRetryableError } from '@goscheds/core'

interface Delivery {
  readonly url: string
  readonly event: string
}

/**
 * One delivery. Tried again with ever longer pauses, half of each at random, so that a customer's server that comes
 * back is not met by all that has piled up at once. In production: more attempts, seconds instead of milliseconds.
 */
export const webhook = defineJob<Delivery, void>({
  name: 'webhook',
  maxAttempts: 4,
  backoff: { type: 'exponential', delayMs: 50, capMs: 1_000, jitter: 0.5 },
  timeoutMs: 10_000,
})

/** Sends it. The job's id is the same in every attempt, so the receiver can tell a repetition. */
export const deliver: Handler<Delivery, void> = async ({ id, args: { url, event } }, { signal }) => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': id }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ event }), signal })
  if (response.status === 410) throw new NonRetryableError('410: the endpoint is gone for good')
  if (!response.ok) throw new Error(`${response.status}`)
}
