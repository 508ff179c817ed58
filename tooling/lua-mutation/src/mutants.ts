import { callEdits } from './call-edits.js'
import { applyEdit, type Edit, type MutantKind } from './edit.js'
import { luaCalls } from './lua-calls.js'
import { lineAt, luaTokens } from './lua-tokens.js'
import { wordEdits } from './word-edits.js'

/** One faulty version of one file. */
export interface Mutant {
  /** `file:line:n kind`; n counts the changes of this line. */
  readonly id: string
  /** As in packages/redis/src/lua: `claim.lua`, `lib/find.lua`. */
  readonly file: string
  readonly kind: MutantKind
  /** The change is one of a call of Redis, or of a helper that stands for it. */
  readonly ofCall: boolean
  /** The lines that change, on one line. */
  readonly line: string
  /** What they change to. */
  readonly becomes: string
  /** The whole file with the change. */
  readonly text: string
}

/** All changes of one Lua file, in the order of the text: always the same for the same text. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const tokens = luaTokens(text)
  const calls = luaCalls(tokens)
  const edits = [...calls.flatMap((call) => callEdits(call, text)), ...wordEdits(tokens)]
  edits.sort((a, b) => a.start - b.start || b.end - a.end)
  const seen = new Set<string>()
  const countOfLine = new Map<number, number>()
  return edits.flatMap((edit) => {
    const changed = applyEdit(text, edit)
    // Two rules may come to the same.
    if (changed === text || seen.has(changed)) return []
    seen.add(changed)
    const number = lineAt(text, edit.start)
    const count = (countOfLine.get(number) ?? 0) + 1
    countOfLine.set(number, count)
    return [
      {
        id: `${file}:${String(number)}:${String(count)} ${edit.kind}`,
        file,
        kind: edit.kind,
        ofCall: calls.some(({ start, end }) => start <= edit.start && edit.end <= end),
        ...lines(text, changed, edit),
        text: changed,
      },
    ]
  })
}

function lines(text: string, changed: string, edit: Edit): { readonly line: string; readonly becomes: string } {
  const from = text.lastIndexOf('\n', edit.start - 1) + 1
  const to = text.indexOf('\n', edit.end)
  const end = to < 0 ? text.length : to
  const onOne = (stretch: string): string => stretch.trim().replace(/\s*\n\s*/g, ' ')
  return {
    line: onOne(text.slice(from, end)),
    becomes: onOne(changed.slice(from, end + changed.length - text.length)),
  }
}
