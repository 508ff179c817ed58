/** One word of Lua. */
export interface LuaToken {
  readonly type: 'name' | 'keyword' | 'string' | 'number' | 'symbol'
  readonly text: string
  /** Offset of its first character. */
  readonly start: number
  /** Offset behind its last character. */
  readonly end: number
}

const KEYWORDS = new Set(
  'and break do else elseif end false for function if in local nil not or repeat return then true until while'.split(
    ' ',
  ),
)

// The parts of Lua 5.1 that the scripts use; a text with a long string or a long comment is refused.
const TOKEN =
  /(?<space>\s+|--(?!\[=*\[)[^\n]*)|(?<name>[A-Za-z_]\w*)|(?<number>0x[\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(?<symbol>\.\.\.|\.\.|[=~<>]=|[-+*/%^#<>=(){}\];:,.]|\[(?!=*\[))/y

/**
 * Splits a Lua text into its tokens; comments and white space are left out.
 *
 * @throws TypeError with the line, where the text is not Lua or uses a long string or a long comment.
 */
export function luaTokens(text: string): LuaToken[] {
  const tokens: LuaToken[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex
    const groups = TOKEN.exec(text)?.groups
    if (groups === undefined) throw new TypeError(`line ${String(lineAt(text, start))}: what begins here is not known`)
    const [type, found] = Object.entries(groups).find(([, value]) => value !== undefined) as [string, string]
    if (type === 'space') continue
    const isKeyword = type === 'name' && KEYWORDS.has(found)
    tokens.push({
      type: isKeyword ? 'keyword' : (type as LuaToken['type']),
      text: found,
      start,
      end: start + found.length,
    })
  }
  return tokens
}

/** The number of the line, from 1, in which an offset lies. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
