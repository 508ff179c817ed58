import { execFile } from 'node:child_process'
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A package as a user would get it: packed, and unpacked again. */
export interface Tarball {
  readonly name: string
  readonly file: string
  /** Where it is unpacked. */
  readonly folder: string
  /** What a user can import: the name of the package, and its subpaths. */
  readonly entries: readonly string[]
  /** What it needs beside itself. */
  readonly dependencies: readonly string[]
}

/** Packs the package in `source` and unpacks it below `nodeModules`, where other packages find it by its name. */
export async function pack(source: string, nodeModules: string): Promise<Tarball> {
  const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', nodeModules], { cwd: source })
  const { name, filename: file } = JSON.parse(stdout) as { name: string; filename: string }
  const folder = join(nodeModules, name)
  await run('mkdir', ['-p', folder])
  await run('tar', ['-xzf', file, '-C', folder, '--strip-components', '1'])
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
  const entries = Object.keys(manifest.exports).map((path) => join(name, path))
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  return { name, file, folder, entries, dependencies }
}

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** What is wrong with the files in the tarball; empty when all is well. */
export async function contentProblems({ folder }: Tarball): Promise<readonly string[]> {
  const problems: string[] = []
  for (const file of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']) {
    await access(join(folder, file)).catch(() => problems.push(`${file} is missing`))
  }
  const files = await readdir(folder, { recursive: true })
  const tests = files.filter((file) => file.endsWith('.test.ts'))
  if (tests.length > 0) problems.push(`tests are packed: ${tests.join(', ')}`)
  const manifest = await readFile(join(folder, 'package.json'), 'utf8')
  if (manifest.includes('"workspace:')) problems.push('package.json still names a workspace: version')
  return problems
}
