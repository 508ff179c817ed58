import { defineConfig } from 'tsdown'
import { luaText } from './tooling/lua-text/src/lua-text.js'

// Shared by every published package: its build script is `tsdown --config ../../tsdown.config.ts`, run in its folder.
export default defineConfig({
  // tsdown would take this file's folder.
  cwd: process.cwd(),
  entry: ['src/index.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  dts: { sourcemap: true },
  sourcemap: true,
  // `.js`, as the packages are ESM only and the exports name it so.
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  plugins: [luaText()],
})
