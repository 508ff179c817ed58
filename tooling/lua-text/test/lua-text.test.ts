import { expect, test } from 'vitest'
import { luaText } from '../src/lua-text.js'

test('a Lua file becomes a module that exports its text, character for character', async () => {
  const lua = `-- a "comment"\nreturn redis.call('GET', KEYS[1]) .. '\\0'\n`
  const { code } = luaText().transform(lua, '/scripts/get.lua') ?? { code: '' }
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { default: unknown }
  expect(module.default).toBe(lua)
})

test('other files are left alone', () => {
  expect(luaText().transform('export {}', '/src/index.ts')).toBeUndefined()
})

test('another text can stand in for a file', () => {
  const plugin = luaText(() => ({ '/lua/get.lua': 'return 2' }))
  expect(plugin.transform('return 1', '/scripts/lua/get.lua')?.code).toBe('export default "return 2"')
  expect(plugin.transform('return 1', '/scripts/lua/list.lua')?.code).toBe('export default "return 1"')
})
