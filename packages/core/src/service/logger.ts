/** Where messages for people go that no event listener took. `console` is one, and so is pino's or winston's logger. */
export interface Logger {
  warn(message: string, detail?: unknown): void
  error(message: string, detail?: unknown): void
}
