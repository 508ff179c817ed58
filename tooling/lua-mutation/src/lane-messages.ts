/** What a lane's process is asked to do: run these cases on stores with these texts, until the first one fails. */
export interface LaneJob {
  /** Lua texts by the names that a test build takes. */
  readonly replaced: Readonly<Record<string, string>>
  /** Ids of cases, in the order in which to run them. */
  readonly cases: readonly string[]
}

/** How one case went. */
export interface CaseRun {
  readonly id: string
  /** Why it failed; nothing when it passed. */
  readonly failure?: string
  /** The methods of the store that it called, which are also the names of the scripts. */
  readonly methods: readonly string[]
  readonly tookMs: number
}

/** What a lane's process says: that it is at work on a case, or how all went, the last being the one that failed. */
export type LaneMessage = { readonly type: 'at-work' } | { readonly type: 'done'; readonly runs: readonly CaseRun[] }
