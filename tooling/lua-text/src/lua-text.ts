/** The part of a Rollup plugin that is used here; Vite, vitest and tsdown all take it. */
export interface LuaTextPlugin {
  readonly name: string
  readonly enforce: 'pre'
  readonly transform: (code: string, id: string) => { code: string; map: null; moduleType: 'js' } | undefined
}

/**
 * Turns each `.lua` file into a module whose default export is the file's text, so that the built JavaScript carries
 * its scripts inside and a bundler of the user's has no file to miss. Used by both the build and the tests.
 *
 * `replaced`, by default from the environment variable `GOSCHEDS_REPLACED_LUA`, asked for each file: texts, by the ends
 * of the paths of the files that they stand in for. So tests can be run on faulty scripts.
 */
export function luaText(replaced: () => Readonly<Record<string, string>> = replacedByEnvironment): LuaTextPlugin {
  return {
    name: 'lua-text',
    // Before any other plugin takes the text for JavaScript.
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('.lua')) return undefined
      const text = Object.entries(replaced()).find(([path]) => id.endsWith(path))?.[1] ?? code
      return { code: `export default ${JSON.stringify(text)}`, map: null, moduleType: 'js' }
    },
  }
}

function replacedByEnvironment(): Readonly<Record<string, string>> {
  return JSON.parse(process.env['GOSCHEDS_REPLACED_LUA'] ?? '{}') as Record<string, string>
}
