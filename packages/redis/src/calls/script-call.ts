import type { ScriptName } from '../lua-source.js'

/** The most values of a batch that one command of a script is given: Lua can hand only so many to one call. */
export const MAX_VALUES = 1_000

/** One run of a script: what goes in, and how to read what comes out. */
export interface ScriptCall<T> {
  readonly script: ScriptName
  readonly args: readonly (string | number)[]
  readonly decode: (reply: ReplyReader) => T
}

/** Reads a flat reply value by value, whatever the client makes of numbers. */
export class ReplyReader {
  readonly #values: readonly unknown[]
  #next = 0

  constructor(reply: unknown) {
    this.#values = Array.isArray(reply) ? reply : [reply]
  }

  get hasMore(): boolean {
    return this.#next < this.#values.length
  }

  text(): string {
    return this.optional() ?? ''
  }

  number(): number {
    return Number(this.#values[this.#next++])
  }

  /** Nothing where the script answered nil. */
  optional(): string | undefined {
    const value = this.#values[this.#next++]
    if (value === null || value === undefined) return undefined
    return typeof value === 'number' ? String(value) : (value as string)
  }

  /** All that is left, each read by `read`. */
  rest<T>(read: () => T): T[] {
    const all: T[] = []
    while (this.hasMore) all.push(read())
    return all
  }
}

/**
 * Reads a reply, and takes its values out of it. What a command of ioredis came to stays with the command, and V8 does not let go
 * of those with its quick collections: each reply would be copied twice and kept until the next full one, a fifth of the time of a
 * busy worker.
 */
export function decodeAndEmpty<T>(reply: unknown, decode: ScriptCall<T>['decode']): T {
  const decoded = decode(new ReplyReader(reply))
  if (Array.isArray(reply)) reply.length = 0
  return decoded
}
