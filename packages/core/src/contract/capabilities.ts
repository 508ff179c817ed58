/** What a store can do beyond the contract's minimum. The conformance suite reads it. */
export interface Capabilities {
  /** Jobs outlive the process. `false`: they are gone with it; use such a store in tests only. */
  readonly durable: boolean
  /** Several processes can work on the same jobs. `false`: one process only. */
  readonly sharedAcrossProcesses: boolean
  /**
   * `subscribe` and `waitForReady` learn at once of what other handles on the same jobs do. `false`: they
   * find out by the timed look, up to five seconds later.
   */
  readonly notifications: boolean
  /**
   * `enqueue` carries out `priority`, `expiresAt`, `unique` and `retention.maxCount`. `false`: core refuses a push that
   * asks for one of them with `NOT_SUPPORTED`, rather than have it ignored.
   */
  readonly jobOptions: boolean
  /**
   * `setLimits` holds names to a concurrency and a rate, and `settle` a name back for `holdNameMs`. `false`: both are
   * refused with `NOT_SUPPORTED`.
   */
  readonly limits: boolean
  /** `enqueue` carries out `group`, and with `limits` also `perGroup`. `false`: core refuses a push that asks for it. */
  readonly groups: boolean
  /** The methods of schedules are there. `false`: they reject with `NOT_SUPPORTED`. */
  readonly schedules: boolean
}
