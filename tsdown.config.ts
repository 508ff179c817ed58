import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsdown'
import { luaText } from './tooling/lua-text/src/lua-text.js'

// Shared by every published package: its build script is `tsdown --config ../../tsdown.config.ts`, run in its folder.
// What a package exports is what is built.
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly exports: Readonly<Record<string, { readonly '@goscheds/source': string }>>
}

export default defineConfig({
  // tsdown would take this file's folder.
  cwd: process.cwd(),
  entry: Object.values(manifest.exports).map((entry) => entry['@goscheds/source']),
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  dts: { sourcemap: true },
  sourcemap: true,
  // `.js`, as the packages are ESM only and the exports name it so.
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  plugins: [luaText()],
})
