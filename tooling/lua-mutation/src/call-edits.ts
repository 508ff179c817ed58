import type { Edit, MutantKind } from './edit.js'
import type { LuaCall, Span } from './lua-calls.js'

const LIST = '({})'

// A value of the type of the answer that says: nothing there, nothing done. By command, or by helper.
const NEUTRAL: Readonly<Record<string, readonly string[]>> = {
  HGET: ['false'],
  ZSCORE: ['false'],
  LRANGE: [LIST],
  SMEMBERS: [LIST],
  ZRANGE: [LIST],
  ZRANGEBYSCORE: [LIST],
  ZREVRANGEBYSCORE: [LIST],
  ZRANGEBYLEX: [LIST],
  HMGET: [LIST],
  TIME: ["({ '0', '0' })"],
  GET: ['false'],
  read_chunked: [LIST],
  'redis.call': [LIST],
  finish: ['false', 'true'],
  retake_key: ['false', 'true'],
  to_waiting: ["'ready'", "'scheduled'"],
}

const NEAR_COMMAND: Readonly<Record<string, string>> = {
  LPUSH: 'RPUSH',
  RPUSH: 'LPUSH',
  ZADD: 'ZREM',
  SADD: 'SREM',
  SREM: 'SADD',
  HSET: 'HSETNX',
  INCR: 'DECR',
  ZRANGE: 'ZREVRANGE',
  ZSCORE: 'ZRANK',
}

const OTHER_STATE: Readonly<Record<string, string>> = { "'cancelled'": "'dead'", "'dead'": "'cancelled'" }
const HAS_INDEXES = new Set(['LRANGE', 'ZRANGE', 'LTRIM'])
const HAS_BOUNDS = new Set(['ZRANGEBYSCORE', 'ZREMRANGEBYSCORE', 'ZCOUNT'])

/** The ways to leave out or alter one call of Redis, or of a helper that stands for it. */
export function callEdits(call: LuaCall, text: string): Edit[] {
  const arg = (index: number): Span | undefined => call.args[index]
  const edits: Edit[] = []
  const edit = (kind: MutantKind, span: Span | undefined, change: (old: string) => string | undefined): void => {
    if (span === undefined) return
    const replacement = change(text.slice(span.start, span.end))
    if (replacement !== undefined) edits.push({ kind, start: span.start, end: span.end, replacement })
  }

  for (const neutral of neutralValues(call)) edit('delete', call, () => neutral)
  if (call.callee === 'finish') edit('state', arg(0), (state) => OTHER_STATE[state])
  const { command } = call
  if (command === undefined) return edits

  edit('command', arg(0), () => quoted(NEAR_COMMAND[command]))
  if (command === 'ZADD' && call.callee === 'redis.call') {
    for (const score of ["'0'", "'+inf'"]) edit('score', arg(2), () => score)
  }
  if (command === 'HINCRBY') edit('sign', arg(3), (count) => `-(${count})`)
  if (command === 'INCRBY') edit('sign', arg(2), (count) => `-(${count})`)
  if (command === 'EXISTS' || command === 'HEXISTS') edit('invert', call, (whole) => `(1 - ${whole})`)
  if (HAS_BOUNDS.has(command)) {
    edit('bound', arg(2), (lower) => (lower === "'-inf'" ? "'+inf'" : undefined))
    edit('bound', arg(3), (upper) => (upper.startsWith("'(") ? undefined : `'(' .. (${upper})`))
  }
  const indexes = HAS_INDEXES.has(command) ? [arg(2), arg(3)] : []
  const limits = call.args.findIndex(({ start, end }) => text.slice(start, end) === "'LIMIT'")
  for (const index of limits > 0 ? [arg(limits + 1), arg(limits + 2)] : indexes) {
    for (const by of [1, -1]) edit('index', index, (old) => shifted(old, by))
  }
  return edits
}

function neutralValues({ callee, command, isStatement }: LuaCall): readonly string[] {
  if (isStatement) return ['']
  return NEUTRAL[callee === 'read_chunked' ? callee : (command ?? callee)] ?? ['0']
}

function quoted(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `'${word}'`
}

function shifted(index: string, by: number): string {
  return /^-?\d+$/.test(index) ? String(Number(index) + by) : `${index} ${by < 0 ? '-' : '+'} 1`
}
