/** The part of a Rollup plugin that is used here; Vite, vitest and tsdown all take it. */
export interface LuaTextPlugin {
  readonly name: string
  readonly enforce: 'pre'
  readonly transform: (code: string, id: string) => { code: string; map: null; moduleType: 'js' } | undefined
}

/**
 * Turns each `.lua` file into a module whose default export is the file's text, so that the built JavaScript carries
 * its scripts inside and a bundler of the user's has no file to miss. Used by both the build and the tests.
 */
export function luaText(): LuaTextPlugin {
  return {
    name: 'lua-text',
    // Before any other plugin takes the text for JavaScript.
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('.lua')) return undefined
      return { code: `export default ${JSON.stringify(code)}`, map: null, moduleType: 'js' }
    },
  }
}
