import type { LuaToken } from './lua-tokens.js'

/** A stretch of a text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A call whose effect or answer is Redis's. */
export interface LuaCall extends Span {
  /** `redis.call`, or the name of the helper. */
  readonly callee: string
  readonly args: readonly Span[]
  /** The command, where it is written out; the second argument is its key then. */
  readonly command: string | undefined
  /** Stands alone, so that nothing uses its value. */
  readonly isStatement: boolean
}

/** The functions of the library that stand for calls of Redis: what they note down is written by `flush_changes`. */
const HELPERS = new Set([
  'call_chunked',
  'read_chunked',
  'flush_changes',
  'flush_ready',
  'flush_scheduled',
  'no_changes',
  'begin_though_full',
  'take_out',
  'finish',
  'to_ready',
  'to_scheduled',
  'to_waiting',
  'leave_no_trace',
  'add_pair',
  'empty_inbox',
  'to_ordered',
  'add_ordered',
  'remove_ordered',
  'remove_passed',
  'wake_a_waiter',
  'write_turns',
  'expire_later',
  'expire_no_more',
  'release_key',
  'free_key',
  'take_key',
  'retake_key',
  'move_hold',
  'set_hold',
  'park',
  'unpark',
  'flush_holds',
  'flush_parked',
  'delete_records',
  'delete_logs',
  'drop_excess',
  'add_members',
  'add_kept',
  'note_failure',
  'erase',
  'end_waiting',
  'to_group',
  'count_grouped',
  'remove_grouped',
  'end_group_run',
  'keep_place',
  'give_up_place',
  'count_runs',
  'write_fair',
  'write_fair_times',
  'forget_full_buckets',
  'tell_of_free_slots',
])

const TAKE_A_COMMAND = new Set(['redis.call', 'call_chunked', 'read_chunked'])
const OPENING = new Set(['(', '{', '['])
const CLOSING = new Set([')', '}', ']'])
const VALUE_FOLLOWS = new Set(['=', '(', '{', '[', ',', '..', '+', '-', '*', '/', '%', '^', '#', '<', '>', '=='])
const MORE_VALUE_FOLLOWS = new Set([
  '~=',
  '<=',
  '>=',
  'return',
  'and',
  'or',
  'not',
  'if',
  'elseif',
  'while',
  'until',
  'in',
])

/** All calls of Redis and of the helpers that stand for them, in the order of the text, inner ones after outer ones. */
export function luaCalls(tokens: readonly LuaToken[]): LuaCall[] {
  return tokens.flatMap((_token, at) => {
    const length = calleeLength(tokens, at)
    return length === 0 ? [] : [callAt(tokens, at, length)]
  })
}

/** How many tokens the name of the called function takes; 0 if no call that counts begins here. */
function calleeLength(tokens: readonly LuaToken[], at: number): number {
  const before = tokens[at - 1]?.text
  if (before === 'function' || before === '.') return 0
  const text = (offset: number): string | undefined => tokens[at + offset]?.text
  const dotted = `${text(0) ?? ''}${text(1) ?? ''}${text(2) ?? ''}`
  if ((dotted === 'redis.call' || dotted === 'table.insert') && text(3) === '(') return 3
  return HELPERS.has(text(0) ?? '') && text(1) === '(' ? 1 : 0
}

function callAt(tokens: readonly LuaToken[], at: number, length: number): LuaCall {
  const callee = tokens.slice(at, at + length).map(({ text }) => text)
  const args: Span[] = []
  let depth = 0
  let first = at + length + 1
  let last = at + length
  for (; last < tokens.length; last += 1) {
    const text = tokens[last]?.text ?? ''
    const isEnd = depth === 1 && CLOSING.has(text)
    if ((isEnd || (depth === 1 && text === ',')) && first < last) {
      args.push({ start: startOf(tokens[first]), end: tokens[last - 1]?.end ?? 0 })
      first = last + 1
    }
    if (isEnd) break
    if (OPENING.has(text)) depth += 1
    if (CLOSING.has(text)) depth -= 1
  }
  const name = callee.join('')
  const word = tokens[at + length + 1]
  const before = tokens[at - 1]?.text ?? ';'
  return {
    callee: name,
    args,
    command: TAKE_A_COMMAND.has(name) && word?.type === 'string' ? word.text.slice(1, -1) : undefined,
    isStatement: !VALUE_FOLLOWS.has(before) && !MORE_VALUE_FOLLOWS.has(before),
    start: startOf(tokens[at]),
    end: tokens[last]?.end ?? 0,
  }
}

function startOf(token: LuaToken | undefined): number {
  return token?.start ?? 0
}
