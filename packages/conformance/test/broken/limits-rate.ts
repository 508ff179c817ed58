import type { RateLimit, Store, StoreInput } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { controlling, type InnerControl } from './inside-limits.js'

/** A bucket: when it is full again, and how that is read. */
interface BucketRule {
  readonly msPerToken: (rate: RateLimit) => number
  /** From where tokens are counted. */
  readonly base: (fullAt: number, rate: RateLimit, now: number, msPerToken: number) => number
  readonly tokens: (base: number, rate: RateLimit, now: number, msPerToken: number) => number
  readonly waitMs: (base: number, rate: RateLimit, now: number, msPerToken: number) => number
  /** When it is full again after so many were taken. */
  readonly after: (base: number, count: number, now: number, msPerToken: number, rate: RateLimit) => number
  /** When it is full again under a new rate. */
  readonly changed: (fullAt: number, from: RateLimit | undefined, to: RateLimit, now: number) => number
}

const soundRule: BucketRule = {
  msPerToken: ({ limit, perMs }) => perMs / limit,
  base: (fullAt, { burst }, now, msPerToken) => Math.min(Math.max(fullAt, now), now + burst * msPerToken),
  tokens: (base, { burst }, now, msPerToken) => Math.max(0, Math.floor(burst + (now - base) / msPerToken + 1e-9)),
  waitMs: (base, { burst }, now, msPerToken) => Math.max(0, base - now - (burst - 1) * msPerToken),
  after: (base, count, _now, msPerToken) => base + count * msPerToken,
  changed: (fullAt) => fullAt,
}

/** A store whose buckets go by another rule, each kept as the time at which it will be full. */
function pouring(sound: Sound, change: Partial<BucketRule>): Partial<Store> {
  const rule = { ...soundRule, ...change }
  const { store, state, clock } = sound
  const fullAt = new Map<InnerControl, number>()
  const fullAtOf = (control: InnerControl): number => fullAt.get(control) ?? -Infinity
  controlling(sound, (control) => {
    const of = (now: number): readonly [base: number, rate: RateLimit, now: number, msPerToken: number] | undefined => {
      const rate = control.limits?.rate
      if (rate === undefined) return undefined
      const ms = rule.msPerToken(rate)
      return [rule.base(fullAtOf(control), rate, now, ms), rate, now, ms]
    }
    const allowance = control.allowance.bind(control)
    control.allowance = (active, now) => {
      const bucket = of(now)
      const own = allowance(active, now)
      if (bucket === undefined || own.reason === 'hold') return own
      const tokens = rule.tokens(...bucket)
      return { ...own, allowed: Math.min(own.room, tokens), reason: own.room <= tokens ? 'concurrency' : 'rate' }
    }
    control.takeTokens = (count, now) => {
      const bucket = of(now)
      if (bucket === undefined) return
      const [base, rate, , ms] = bucket
      fullAt.set(control, rule.after(base, count, now, ms, rate))
    }
    const heldForMs = control.heldForMs.bind(control)
    control.heldForMs = (reason, now) => {
      const bucket = of(now)
      return reason === 'rate' && bucket !== undefined ? rule.waitMs(...bucket) : heldForMs(reason, now)
    }
  })
  return {
    async setLimits(input) {
      const control = state.control(input.name)
      const from = control.limits?.rate
      await store.setLimits(input)
      const to = control.limits?.rate
      if (to !== undefined) fullAt.set(control, rule.changed(fullAtOf(control), from, to, clock.now()))
    },
  }
}

/** A store that takes another number of tokens for what a claim has handed out: jobs of these claim numbers. */
function taking(sound: Sound, count: (claims: readonly number[]) => number): Partial<Store> {
  const active = (): readonly { readonly id: string; readonly claims: number }[] =>
    [...sound.state.names.values()].flatMap((name) => name.active.sorted().map(({ value }) => value))
  let before = new Set<string>()
  controlling(sound, (control) => {
    const takeTokens = control.takeTokens.bind(control)
    control.takeTokens = (_count, now) => {
      const taken = active().filter(({ id }) => !before.has(id))
      takeTokens(count(taken.map(({ claims }) => claims)), now)
    }
  })
  return {
    claim(input) {
      before = new Set(active().map(({ id }) => id))
      return sound.store.claim(input)
    },
  }
}

/** A store that looks up the bucket by something else than the name. */
function sharing({ store, state }: Sound, keyOf: (input: StoreInput<'claim'>) => string): Partial<Store> {
  const buckets = new Map<string, InnerControl['bucket']>()
  return {
    async claim(input) {
      const control = state.control(input.name)
      control.bucket = buckets.get(keyOf(input))
      const result = await store.claim(input)
      buckets.set(keyOf(input), control.bucket)
      return result
    },
  }
}

/** Stores whose buckets hold, gain or lose the wrong tokens. */
export const limitsRateFaults: readonly Fault[] = [
  fault('counts by spans that are fixed', 'limits/rate-evenly limits/rate-in-parts', (sound) =>
    pouring(sound, {
      base: (fullAt, { perMs }, now) => (Math.floor(fullAt / perMs) > Math.floor(now / perMs) ? fullAt : now),
      tokens: (base, { limit, burst }, now) => (base > now ? 0 : Math.max(limit, burst)),
      after: (base, count, now, _ms, { perMs }) => (count > 0 ? (Math.floor(now / perMs) + 1) * perMs : base),
    }),
  ),
  fault('gains all tokens of a span at its end', 'limits/rate-evenly limits/rate-over-a-minute', (sound) =>
    pouring(sound, {
      tokens: (base, { burst, limit }, now, ms) => {
        const exact = Math.floor(burst + (now - base) / ms + 1e-9)
        return exact >= burst || exact <= 0 ? exact : Math.floor(exact / limit) * limit
      },
    }),
  ),
  fault('rounds the time of a token down', 'limits/rate-over-a-minute limits/rate-held-for', (sound) =>
    pouring(sound, { msPerToken: ({ limit, perMs }) => Math.floor(perMs / limit) }),
  ),
  fault('rounds the time of a token up', 'limits/rate-over-a-minute limits/rate-held-for', (sound) =>
    pouring(sound, { msPerToken: ({ limit, perMs }) => Math.ceil(perMs / limit) }),
  ),
  fault('keeps when a bucket will be full, in too few digits', 'limits/rate-over-a-minute', (sound) =>
    pouring(sound, {}),
  ),
  fault('forgets what is not a whole token yet', 'limits/rate-in-parts limits/rate-over-a-minute', (sound) =>
    pouring(sound, {
      after: (base, count, now, ms) => now + Math.ceil((base - now) / ms - 1e-9) * ms + count * ms,
    }),
  ),
  fault('gains a token a little too early', 'limits/rate-evenly', (sound) =>
    pouring(sound, { base: (...args) => soundRule.base(...args) - 1 }),
  ),
  fault('gains a token a little too late', 'limits/rate-evenly', (sound) =>
    pouring(sound, { tokens: (base, rate, now, ms) => soundRule.tokens(base + 1, rate, now, ms) }),
  ),
  fault('saves tokens without end', 'limits/rate-full', (sound) =>
    pouring(sound, { base: (fullAt, _rate, now) => (Number.isFinite(fullAt) ? fullAt : now) }),
  ),
  fault('begins with an empty bucket', 'limits/rate limits/rate-one-by-one', (sound) =>
    pouring(sound, {
      changed: (fullAt, from, { burst, perMs, limit }, now) =>
        from === undefined ? now + (burst * perMs) / limit : fullAt,
    }),
  ),
  fault('keeps to the limit and not to the burst', 'limits/rate limits/rate-one-by-one', (sound) =>
    pouring(sound, {
      tokens: (base, rate, now, ms) => soundRule.tokens(base, { ...rate, burst: rate.limit }, now, ms),
    }),
  ),
  fault('tells how long until the bucket is full', 'limits/rate limits/rate-evenly', (sound) =>
    pouring(sound, { waitMs: (base, _rate, now) => base - now }),
  ),
  fault('tells how long the bucket held before the claim', 'limits/rate limits/rate-evenly', (sound) => {
    let wait = 0
    return pouring(sound, {
      tokens: (base, rate, now, ms) => {
        wait = soundRule.waitMs(base, rate, now, ms)
        return soundRule.tokens(base, rate, now, ms)
      },
      waitMs: () => wait,
    })
  }),
  fault('rounds up to seconds how long a bucket holds', 'limits/rate-held-for limits/rate-evenly', (sound) =>
    pouring(sound, { waitMs: (...bucket) => Math.ceil(soundRule.waitMs(...bucket) / 1_000) * 1_000 }),
  ),

  fault('lets a bucket be emptier than empty by the last digits', 'limits/rate-emptied', (sound) =>
    pouring(sound, { tokens: (base, { burst }, now, ms) => Math.floor(burst + (now - base) / ms + 1e-9) }),
  ),
  fault('takes one token for all jobs of a claim', 'limits/rate', (sound) => taking(sound, () => 1)),
  fault('takes a token for the first claim of a job only', 'limits/rate-each-claim', (sound) =>
    taking(sound, (claims) => claims.filter((claim) => claim === 1).length),
  ),
  fault('gives the token of a job back that is released', 'limits/rate-each-claim', ({ store, state }) => ({
    settle({ entries }) {
      for (const { lease, settlement } of entries) {
        const control = state.control(lease.name)
        const { bucket, limits } = control
        if (settlement.type !== 'released' || bucket === undefined || limits?.rate === undefined) continue
        control.bucket = { ...bucket, missingMs: bucket.missingMs - limits.rate.perMs / limits.rate.limit }
      }
      return store.settle({ entries })
    },
  })),
  fault('has a bucket for each worker', 'limits/rate-one-by-one', (sound) =>
    sharing(sound, ({ name, worker }) => `${name} ${worker}`),
  ),
  fault('has one bucket for all names', 'limits/rate-names-apart', (sound) => sharing(sound, () => '')),

  fault('fills the bucket when limits are set', 'limits/rate-not-refilled limits/rate-more-burst', (sound) =>
    pouring(sound, { changed: () => -Infinity }),
  ),
  fault('empties the bucket when limits are set again', 'limits/rate-more-burst', (sound) =>
    pouring(sound, {
      changed: (fullAt, from, { burst, perMs, limit }, now) =>
        from === undefined ? fullAt : now + (burst * perMs) / limit,
    }),
  ),
  fault('keeps how many tokens a bucket has, and not what it lacks', 'limits/rate-more-burst', (sound) =>
    pouring(sound, {
      changed: (fullAt, from, to, now) =>
        fullAt + (from === undefined || fullAt < now ? 0 : ((to.burst - from.burst) * to.perMs) / to.limit),
    }),
  ),
  fault('keeps how many tokens are missing, whatever the time', 'limits/rate-by-time', (sound) =>
    pouring(sound, {
      changed: (fullAt, from, to, now) =>
        from === undefined || fullAt < now
          ? fullAt
          : now + (((fullAt - now) * from.limit) / from.perMs) * (to.perMs / to.limit),
    }),
  ),
  fault('pays back under new limits all that was owed under those of before', 'limits/rate-never-emptier', (sound) =>
    pouring(sound, { base: (fullAt, _rate, now) => Math.max(fullAt, now) }),
  ),
  fault('forgets what a bucket owes for as long as nothing is taken', 'limits/rate-never-emptier', (sound) =>
    pouring(sound, {
      after: (base, count, now, ms, rate) =>
        count === 0 ? Math.max(base, now) + rate.burst * ms : soundRule.after(base, count, now, ms, rate),
    }),
  ),
]
