/**
 * What can be wrong with what a store keeps:
 * - `lost-job`: a job that is in no place, so that nothing will ever run or remove it;
 * - `two-places`: a job in a place that is not its home, or twice in one;
 * - `orphan`: a place holds something whose job is not there;
 * - `lease-without-job`: the same among the active ones: a lease of no job, or of an earlier life of its id;
 * - `unlisted-name`: a name has jobs and is not among the names, so that the reaper and the counts pass it over;
 * - `wrong-count`: a counter differs from what it counts;
 * - `unreadable`: a record or an entry that cannot be read, and that no later release has written;
 * - `leftover`: a side record (run, error, result, cancel request) whose job is not there or has no use for it.
 *
 * Of schedules likewise: `lost-job` for one that would not be listed, or not fire at its time. Such a finding names no job.
 */
export type AuditKind =
  | 'lost-job'
  | 'two-places'
  | 'orphan'
  | 'lease-without-job'
  | 'unlisted-name'
  | 'wrong-count'
  | 'unreadable'
  | 'leftover'

/** Something to look at again. */
export interface AuditSuspect {
  readonly kind: AuditKind
  /** Where to look and for what: opaque, and the same whenever the same thing is meant. */
  readonly key: string
}

/** Something that is wrong, as a second look has confirmed. */
export interface AuditFinding extends AuditSuspect {
  /** The job that it is about. */
  readonly id?: string
  /** The name that it is about. */
  readonly name?: string
  /** What is wrong, for a person. */
  readonly message: string
}

/** What one look of `audit` brings. */
export interface AuditPage {
  /** How many records and places it looked at. */
  readonly looked: number
  /** What looks wrong by this look alone. */
  readonly suspects: readonly AuditSuspect[]
  /**
   * What must turn up among `seen` before the walk ends, in any page: a job whose record says that it is in a place
   * in which the store does not search. One that does not is suspected as a `lost-job` under this key.
   */
  readonly awaited: readonly string[]
  /** What was passed in such a place. A key that is seen twice in a walk is suspected as `two-places`. */
  readonly seen: readonly string[]
  /** Those of the `suspects` given that are wrong now; empty in a look that walks. */
  readonly findings: readonly AuditFinding[]
  /** Pass it to the next call; `null` when the walk is over, and in a look at suspects. Opaque. */
  readonly cursor: string | null
}
