/** A Lua file is imported as its text; the build and the tests do it with the plugin of tooling/lua-text. */
declare module '*.lua' {
  const text: string
  export default text
}
