import type { HeldReason, NameLimits } from '@goscheds/core'
import { type Bucket, cutToSize, isFull, takeTokens, tokenInMs, tokensOf } from './token-bucket.js'

/** How many jobs of a name a claim may hand out, and what keeps it from more. */
export interface Allowance {
  readonly allowed: number
  readonly reason: HeldReason
  /** How many its concurrency allows. */
  readonly room: number
}

/** What a name is held to. It is there for names without jobs as well. */
export class NameControl {
  limits: NameLimits | undefined
  /** Nothing of the name is claimed before. */
  heldUntil = -Infinity
  /** That of the whole name. */
  bucket: Bucket | undefined

  allowance(active: number, now: number): Allowance {
    if (this.heldUntil > now) return { allowed: 0, reason: 'hold', room: 0 }
    const { concurrency = Infinity, rate } = this.limits ?? {}
    const room = Math.max(0, concurrency - active)
    const tokens = rate === undefined ? Infinity : tokensOf(rate, this.bucket, now)
    return { allowed: Math.min(room, tokens), reason: room <= tokens ? 'concurrency' : 'rate', room }
  }

  /** A look at the bucket, which may take none, makes it forget what it cannot lack under this rate. */
  takeTokens(count: number, now: number): void {
    const rate = this.limits?.rate
    if (rate === undefined) return
    this.bucket = count > 0 ? takeTokens(rate, this.bucket, now, count) : cutToSize(rate, this.bucket, now)
  }

  /** How long until it does not hold the name any more; nothing where no time will do it. */
  heldForMs(reason: HeldReason, now: number): number | undefined {
    if (reason === 'hold') return this.heldUntil - now
    const rate = this.limits?.rate
    return reason === 'rate' && rate !== undefined ? tokenInMs(rate, this.bucket, now) : undefined
  }

  /** Whether it is as good as none. */
  isIdle(now: number): boolean {
    return this.limits === undefined && this.heldUntil <= now && isFull(this.bucket, now)
  }
}
