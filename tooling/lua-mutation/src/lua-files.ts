import { readdir, readFile } from 'node:fs/promises'

const FOLDER = new URL('../../../packages/redis/src/lua/', import.meta.url)

/** One Lua file of the Redis store. */
export interface LuaFile {
  /** Its path in packages/redis/src/lua. */
  readonly file: string
  readonly text: string
}

/** The scripts and then the library files, in alphabetical order; not what only the tests use. */
export async function readLuaFiles(): Promise<LuaFile[]> {
  const files: LuaFile[] = []
  for (const folder of ['', 'lib/']) {
    const names = await readdir(new URL(folder, FOLDER))
    for (const name of names.filter((one) => one.endsWith('.lua')).sort()) {
      const file = folder + name
      files.push({ file, text: await readFile(new URL(file, FOLDER), 'utf8') })
    }
  }
  return files
}

/** Under which name a test build takes another text for this file: `waitForReady` for `wait-for-ready.lua`, `take-out` for a library's. */
export function replacedName(file: string): string {
  const name = file.replace(/\.lua$/, '')
  if (name.startsWith('lib/')) return name.slice('lib/'.length)
  return name.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase())
}

/** The methods of the store that run a script with this file in it: as itself, or included. */
export function methodsWith(file: string, files: readonly LuaFile[]): string[] {
  const name = replacedName(file)
  const scripts = file.startsWith('lib/')
    ? files.filter(({ text }) =>
        [...text.matchAll(/^ *--@include (.+)$/gm)].some(([, names = '']) => names.split(' ').includes(name)),
      )
    : [{ file }]
  // The second look of an audit is a script of its own.
  return scripts.map((script) => replacedName(script.file).replace('auditAgain', 'audit'))
}
