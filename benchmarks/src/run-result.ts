/** What one run measured: the line that its process prints. */
export interface RunResult {
  readonly scenario: string
  readonly store: string
  /** The empty text when the scenario has no variants. */
  readonly variant: string
  readonly jobs: number
  readonly metrics: Readonly<Record<string, number>>
}
