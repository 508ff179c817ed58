import type { AuditPage, AuditSuspect } from './audit.js'
import type { Capabilities } from './capabilities.js'
import type { EpochMs, JobState, Lease, NewJob, StoredJob } from './job.js'
import type { NameLimits } from './limits.js'
import type {
  CancelOutcome,
  ClaimResult,
  EnqueueOutcome,
  ExtendOutcome,
  PromoteResult,
  PruneResult,
  ReapResult,
  RedriveOutcome,
  RemoveOutcome,
  ReportEntry,
  ReportOutcome,
  RescheduleOutcome,
  SettleEntry,
  SettleOutcome,
  WaitedClaim,
} from './outcomes.js'
import type { FireOutcome, NewSchedule, PutScheduleOutcome, ScheduleFire, StoredSchedule } from './schedule.js'

/** Identifies one start of one worker: random, never a host name. Letters, digits, `-` and `_` only. */
export type WorkerId = string

/** What a worker says of itself with each heartbeat. */
export interface WorkerReport {
  readonly worker: WorkerId
  /** The names it has handlers for, with the number of jobs it is running of each. */
  readonly lanes: readonly { readonly name: string; readonly active: number; readonly concurrency: number }[]
}

/** A worker as `workers` shows it. */
export interface WorkerRecord extends WorkerReport {
  /** The store's clock at its last heartbeat. */
  readonly seenAt: EpochMs
  /** Without another heartbeat it counts as gone from here on. */
  readonly expiresAt: EpochMs
}

/** The jobs of one name by state, and how long the oldest ready one has been due. */
export interface NameCounts {
  readonly name: string
  readonly scheduled: number
  readonly ready: number
  readonly active: number
  readonly completed: number
  readonly dead: number
  readonly cancelled: number
  /**
   * Milliseconds since a ready job was first due, the longest of those that head the queues of their priorities and
   * the one that heads the group next in turn. `null` when there is none of these.
   */
  readonly oldestReadyMs: number | null
  /** Whether claims of this name are held: it is paused, or the whole namespace is. */
  readonly paused: boolean
  /** How many groups have ready jobs. */
  readonly groups: number
  /** As set; absent when there are none. */
  readonly limits?: NameLimits
}

/** One page of `list`. */
export interface StoredJobPage {
  /** May be fewer than the limit, and empty, before the last page. */
  readonly jobs: readonly StoredJob[]
  /** Pass it to the next call; `null` on the last page. Opaque. */
  readonly cursor: string | null
}

/**
 * Something has changed that is worth a look. Only a hint: one may be lost, repeated or late, and the
 * timed look is the truth.
 */
export type StoreHint =
  /**
   * The earliest due time of the scheduled set came closer, or hints may have been missed (a connection broke
   * and is back): promote sooner than planned.
   */
  | { readonly type: 'due' }
  /** A cancel was asked for of this active job. */
  | { readonly type: 'cancel'; readonly id: string }
  /** What governs claims has changed, as at a resume: of this name, or without one of every name. */
  | { readonly type: 'control'; readonly name?: string }
  /** This job has finished, or is gone. Only for those who subscribed to it. */
  | { readonly type: 'finished'; readonly id: string }

/**
 * Where jobs live. A store owns durable state and atomic transitions, and nothing else: no timers beyond
 * its connection, no retry policy, no validation of what core has validated.
 *
 * Every method takes one input object, handles many jobs at once, and is **one atomic transition**: no
 * other call sees it half done. Outcomes come back in the order of the input, one for each entry, and a
 * bad entry does not fail its neighbours. Expected outcomes are values; a method rejects only for a
 * fault (no connection, a damaged store), and core then repeats or reports it. A call whose reply was
 * lost may be repeated: nothing is lost by it and no live job is doubled.
 *
 * Time is the store's own clock. Instants (`executeAt`) are absolute and are judged by that clock; spans
 * (`…Ms`) begin at the moment of the call.
 *
 * Two stores may not differ in what a caller can see, except where {@link Capabilities} says so;
 * `docs/state-machine.md` tabulates every command against every state.
 */
export interface Store {
  /** For messages: `memory`, `redis`, … */
  readonly kind: string
  readonly capabilities: Capabilities

  /** Makes the store usable. Safe to call again and concurrently. Rejects when it can never work. */
  open(): Promise<void>
  /** Lets go of every connection and listener; waiting calls return. Safe to call twice. */
  close(): Promise<void>

  /**
   * Accepts jobs, in the order given. A job whose time has come goes to the tail of its work queue, any
   * other to the scheduled set. An id that is held by a job in any state answers `duplicate`, whatever its unique
   * key says; after that the key is looked at ({@link UniqueConflict}). The same id, or key, twice in one call: the
   * second meets the first as if it had come in a call before.
   */
  enqueue(input: { readonly jobs: readonly NewJob[] }): Promise<readonly EnqueueOutcome[]>

  /**
   * Moves up to `limit` jobs whose time has come to the tails of their work queues: earliest first, and
   * among equals in the order in which they were enqueued.
   */
  promote(input: { readonly limit: number }): Promise<PromoteResult>

  /**
   * Ends up to `limit` leases that have run out (deadline at or before now), earliest deadline first
   * within a name, and among equals the lower generation. Each such job counts one more recovery, then: `cancelled` if a cancel was requested;
   * else `dead` with the reason `recoveries` if that makes more than `maxRecoveries`; else back to the
   * tail of its work queue, or `parked` if its unique key is held. Uses no attempt. Also gives back what a vanished
   * worker had popped and not yet leased, to the head of its work queue. Then ends up to `limit` jobs as dead
   * (`expired`) that are scheduled or ready, were never claimed, and whose `expiresAt` is at or before now: the
   * earliest `expiresAt` first, and among equals the lower generation.
   */
  reap(input: { readonly limit: number; readonly maxRecoveries: number }): Promise<ReapResult>

  /**
   * Removes up to `limit` (softly) of what is past its time: finished jobs whose retention has passed,
   * dead jobs of a name beyond the `maxDeadPerName` whose retention ends last, unique keys whose time to live is over,
   * workers that stopped reporting.
   */
  prune(input: { readonly limit: number; readonly maxDeadPerName: number }): Promise<PruneResult>

  /**
   * Takes up to `limit` jobs from the head of the work queue of `name`, each under a lease of `leaseMs`,
   * with the next claim number. What this worker has popped and not yet leased comes first.
   *
   * Of jobs without a group the lowest `priority` comes first, and among equals the job that became ready first. So that no priority starves,
   * every 16th job taken while jobs of a priority other than 0 are ready is, instead, the first of the next priority
   * in turn: the lowest one above that of the last turn which has ready jobs, or, when there is none above, the
   * lowest of all. Turns are counted by name; the count begins anew once all jobs that are ready have the priority 0.
   *
   * Never claimed before and past its `expiresAt`: it ends as dead (`expired`) instead of being handed out, and
   * counts as taken only for the turns.
   *
   * Groups are served by virtual finish time. The name has a virtual time V, 0 at first. A group that becomes able to run
   * (it got its first ready job, or is not held back any more) gets the finish time V + 1 / weight. The group of the
   * lowest finish time is served next, among equals the lower key (code points): its first job is taken, V becomes its
   * finish time, and its own V + 1 / weight. All ready jobs without a group are served like one group of weight 1, which
   * comes before others of its finish time, which gets V + 1 by the first claim that finds it beside groups with ready
   * jobs, and which keeps its finish time until a claim finds it without any. A claim that leaves no group with ready jobs
   * forgets V, unless there is such a finish time.
   *
   * A group that is at a limit of `perGroup` is not able to run: it is set aside when its turn comes, which is no turn
   * then, or right when it has been served, if it has more ready jobs. It is able again: held back by its bucket, when
   * that has a token, by the first claim from then on; else when a job of it ends or comes back or gives up its place;
   * and in any case after `setLimits`.
   *
   * While the name or the namespace is paused, on hold, at its concurrency or without a token: `held`, and nothing (more)
   * is handed out. What this worker had popped goes back to the head of the queue. Looked at in that order; a claim that
   * the concurrency and the bucket would end at the same job is held for `concurrency`. A job is active until it is
   * settled or reaped, however long ago its lease ran out. A job that expires takes no token and no turn of its group.
   */
  claim(input: {
    readonly name: string
    readonly worker: WorkerId
    readonly limit: number
    readonly leaseMs: number
  }): Promise<ClaimResult>

  /**
   * Returns when there is probably something to claim, at the latest after `timeoutMs`, at once when
   * `signal` aborts. Never rejects because of the signal. One waiter per (worker, name). A claim that brings all it was
   * asked for and leaves a group that waits for its bucket wakes a waiter, whose own claim tells it the time. The store may
   * set a job aside for this worker on the way, which `claim` then hands out first and `leave` or, when
   * the worker vanishes, `reap` gives back, at the latest half a minute after the wait was to end.
   *
   * `claim`: what the worker will ask for when the wait is over. A store that saves a round trip by it may claim right away, and
   * answers as `claim` would, also when it brings nothing; the others take no notice. After an abort it may still bring jobs,
   * which the worker gives back.
   */
  waitForReady(input: {
    readonly name: string
    readonly worker: WorkerId
    readonly timeoutMs: number
    readonly signal: AbortSignal
    readonly claim?: { readonly limit: number; readonly leaseMs: number }
  }): Promise<WaitedClaim | void>

  /**
   * Gives each current lease a new deadline, `leaseMs` from now. A lease past its deadline that nobody
   * has reaped is still current.
   */
  extend(input: { readonly leases: readonly Lease[]; readonly leaseMs: number }): Promise<readonly ExtendOutcome[]>

  /**
   * Keeps what running jobs report, in the order given, for each whose lease is current. Texts of one job are kept as
   * long as the job, through retries and recoveries; of its log the last {@link KEPT_LOG_LINES} lines.
   */
  report(input: { readonly entries: readonly ReportEntry[] }): Promise<readonly ReportOutcome[]>

  /**
   * Ends each current lease as its entry says, in the order given. A lease that is not current answers
   * `lost` and changes nothing. A requested cancel turns `retry` and `released` into `cancelled`, kept
   * as the job's own retention says; `completed` and `dead` win over it. A job that goes back with a unique key
   * `until: 'started'` takes the key again. If another job holds it, it is parked, and the state is `scheduled`; behind
   * one that holds it for a time to live it is not parked, and goes back without the key.
   *
   * While its name has `perGroup.ordered`, a job of a group that comes back (here, and from `reap`) goes to the head of
   * its group if it is due, else it keeps its place: it goes there when it is promoted, and until then, or until it
   * has left the scheduled set in another way (cancelled, removed or rescheduled), its group is not able to run. One
   * that is parked keeps no place, since the holder of its key may stand behind it.
   */
  settle(input: { readonly entries: readonly SettleEntry[] }): Promise<readonly SettleOutcome[]>

  /** Records that this worker is alive; without another one within `ttlMs` it counts as gone. */
  heartbeat(input: { readonly report: WorkerReport; readonly ttlMs: number }): Promise<void>

  /**
   * This worker signs off: what it had popped and not leased goes back to the head of its work queue,
   * and its record goes. Leases it still holds are not touched.
   */
  leave(input: { readonly worker: WorkerId }): Promise<void>

  /**
   * Scheduled and ready jobs become cancelled, kept as their own retention says. An active one keeps the
   * request, across a crash of its worker too.
   */
  cancel(input: { readonly ids: readonly string[] }): Promise<readonly CancelOutcome[]>

  /**
   * Pauses or resumes claims: of these names, or without `names` of the whole namespace. The two are apart: a name
   * that is paused stays so when the namespace is resumed. What is running goes on; promotion and the reaper do too.
   * Names need no jobs. Hints `control`.
   */
  setPaused(input: { readonly names?: readonly string[]; readonly paused: boolean }): Promise<void>

  /**
   * What the name is held to from now on, in place of what it was; `null`: to nothing. What is active already stays. Of
   * a bucket it is kept when it will be full, but from the next claim that looks at it on it lacks no more than it can
   * hold. Names need no jobs. Hints `control`.
   */
  setLimits(input: { readonly name: string; readonly limits: NameLimits | null }): Promise<void>

  /**
   * Keeps a schedule, in place of the one with its id, if that stands as `expect` says: at this revision and nominal
   * time (`null` for one that fires no more); `expect: null`, if there is none. Counters and kept fires go on. Hints
   * `due` when it becomes the first to be due.
   */
  putSchedule(input: {
    readonly schedule: NewSchedule
    readonly expect: { readonly revision: number; readonly fireAt: EpochMs | null } | null
  }): Promise<PutScheduleOutcome>

  /** Removes schedules; the jobs that they have made stay. True for each that was there. */
  removeSchedule(input: { readonly ids: readonly string[] }): Promise<readonly boolean[]>

  /**
   * Carries fires out, in the order given: each checks where its schedule stands, applies the overlap, adds the job and
   * moves the schedule on, in one step. Looked at in this order: `not-found`, `moved`, `paused` (in turn only), `early`,
   * `duplicate`, and then the overlap. A schedule that fires no more stays until it is removed.
   */
  fireSchedule(input: { readonly fires: readonly ScheduleFire[] }): Promise<readonly FireOutcome[]>

  /** Schedules by id, sorted (code points): those asked for, else page by page. `now`: the store's clock. */
  listSchedules(input: {
    readonly limit: number
    readonly ids?: readonly string[]
    /** The id behind which the page begins. */
    readonly cursor?: string | null
  }): Promise<{ readonly schedules: readonly StoredSchedule[]; readonly cursor: string | null; readonly now: EpochMs }>

  /**
   * Gives scheduled and ready jobs a new `executeAt`: this instant, or `delayMs` from now (exactly one is
   * given). One whose time has come goes to the tail of its work queue. Attempts are kept. A new
   * generation is drawn, so that among jobs of equal due time it counts as enqueued last. A parked job is left alone.
   */
  reschedule(input: {
    readonly entries: readonly { readonly id: string; readonly executeAt?: EpochMs; readonly delayMs?: number }[]
  }): Promise<readonly RescheduleOutcome[]>

  /** Removes jobs without a trace, in any state but `active`. */
  remove(input: { readonly ids: readonly string[] }): Promise<readonly RemoveOutcome[]>

  /**
   * Puts dead jobs back to the tails of their work queues with attempts and recoveries at zero, the last
   * error, the failures, the reports and the `executeAt` kept. The claim number goes on; one that was never claimed,
   * as it expired, gets a new generation. Its `expiresAt` is forgotten. A unique key `until: 'finished'` or `'started'`
   * is taken again; if it is held: `duplicate`.
   */
  redrive(input: { readonly ids: readonly string[] }): Promise<readonly RedriveOutcome[]>

  /** The jobs as they are now; `null` for an id that is not known. */
  get(input: { readonly ids: readonly string[] }): Promise<readonly (StoredJob | null)[]>

  /**
   * Pages through the jobs of one name and state: scheduled by due time, ready in queue order, active by
   * lease deadline, finished by the end of their retention, always the earliest first, and among equals the lower
   * generation. Parked jobs come behind the other scheduled ones, ready ones by priority and then by queue order, and those of
   * groups behind them: group by group as they are to be served, then those set aside (by time, if a time will do it,
   * then by key). Not a snapshot: a job that moves between two calls may be seen twice or not at all.
   */
  list(input: {
    readonly name: string
    readonly state: JobState
    readonly limit: number
    readonly cursor?: string | null
  }): Promise<StoredJobPage>

  /**
   * Counts by name, sorted by name (code units). Without `names`: every name that has a job in any
   * state. A name asked for that has none comes back with zeros. Names are not repeated.
   */
  counts(input: { readonly names?: readonly string[] }): Promise<readonly NameCounts[]>

  /** The workers that report, sorted by id. One that is past its `expiresAt` is left out. */
  workers(): Promise<readonly WorkerRecord[]>

  /**
   * Looks for damage, and changes nothing. Without `suspects`: one atomic look at the next `limit` records and places
   * (softly: at most a thousand above it) of a walk through all that the store keeps. What moves between two looks
   * may be passed twice or not at all; what stays is passed at least once. With `suspects`, at most a hundred: one
   * atomic look at these, which answers with those that are wrong now and leaves out what has moved since, or what
   * it cannot tell within bounded work. `Inspector.verify` makes an answer of the looks.
   */
  audit(input: {
    readonly limit: number
    readonly cursor?: string | null
    readonly suspects?: readonly AuditSuspect[]
  }): Promise<AuditPage>

  /**
   * Calls `listener` with hints until the returned function is called. Its absence, like a lost hint,
   * costs latency only. `capabilities.notifications` says whether hints of other processes arrive. With `of`: the
   * `finished` of that job and nothing else; resolves when no later end of it would be missed, but for a broken
   * connection.
   */
  subscribe(listener: (hint: StoreHint) => void, of?: { readonly job: string }): Promise<() => Promise<void>>
}

/** The input of a method of {@link Store}, for adapters to type theirs with. */
export type StoreInput<Method extends keyof Store> = Store[Method] extends (input: infer Input) => unknown
  ? Input
  : never

/** What a method of {@link Store} returns: a promise. */
export type StoreOutput<Method extends keyof Store> = Store[Method] extends (...input: never[]) => infer Output
  ? Output
  : never
