import type { AuditKind, Runtime, Store } from '@goscheds/core'

/** Opens one store for one case. Each call gets a namespace of its own, never used before. */
export type OpenStore = (input: { readonly namespace: string }) => Promise<StoreHarness>

/**
 * A store under test and the hands to move it. A case opens one, runs, and closes it; the suite itself
 * calls `store.open()` before the case.
 */
export interface StoreHarness {
  readonly store: Store
  /**
   * Another handle on the same jobs, as another process would have. The suite opens and closes it. Leave it
   * out when one process is all that the store can serve: the cases about several handles then do not run.
   */
  connect?(): Promise<Store>
  /** Moves the store's clock forward by this many milliseconds. */
  advance(ms: number): Promise<void>
  /** The store's clock, in milliseconds since the Unix epoch. */
  now(): Promise<number>
  /**
   * Whether the store's clock stands still between two calls of `advance` (the default), or also goes on by
   * itself. When it runs, the cases at exact instants ("due exactly now") do not run, and the others allow
   * for a few seconds.
   */
  readonly clock?: 'still' | 'running'
  /**
   * Makes the stored record of this job undecodable, as bit rot would. Leave it out when the store has no
   * encoded records: the cases about damage then do not run.
   */
  damage?(id: string): Promise<void>
  /**
   * By the kind of damage: puts it into the stored data by way of this job, for the audit to find. Leave out what the
   * store has no way to suffer, or all: the cases about finding it then do not run. What to do, and how the job is:
   * - `lost-job`: take it out of its queue; ready;
   * - `two-places`: put it into its queue a second time; ready;
   * - `orphan`: remove its record and nothing else; scheduled;
   * - `lease-without-job`: the same; active;
   * - `unlisted-name`: take its name out of the list of names; ready;
   * - `wrong-count`: count one scheduled job too many of its name; scheduled;
   * - `unreadable`: make its record undecodable; ready;
   * - `leftover`: keep a cancel request for it; ready, when there can be none.
   */
  readonly plant?: { readonly [Kind in AuditKind]?: (id: string) => Promise<void> }
  /**
   * The runtime for the Schedulers and Workers of the scenarios. Give the manual clock when the store's clock
   * is one. Default: the system's.
   */
  readonly runtime?: Runtime
  /** Closes the store and removes what the case left behind. Called after `store.close()` at times, too. */
  close(): Promise<void>
}
