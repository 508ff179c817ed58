import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { contentProblems, pack, type Tarball } from './tarball.js'

// Checks what would be published: each package is packed, and its tarball must please publint and attw, hold the right
// files, and run in plain Node beside the other tarballs.

const run = promisify(execFile)
const packages = join(import.meta.dirname, '..', '..', '..', 'packages')
const bin = join(import.meta.dirname, '..', 'node_modules', '.bin')

const work = await mkdtemp(join(tmpdir(), 'goscheds-packages-'))
try {
  const nodeModules = join(work, 'node_modules')
  await mkdir(nodeModules)
  const tarballs: Tarball[] = []
  for (const name of await readdir(packages)) tarballs.push(await pack(join(packages, name), nodeModules))
  for (const tarball of tarballs) await linkDependencies(tarball, nodeModules)

  const results = await Promise.all(tarballs.map(async (tarball) => ({ tarball, problems: await check(tarball) })))
  for (const { tarball, problems } of results) {
    console.log(problems.length === 0 ? `ok   ${tarball.name}` : `FAIL ${tarball.name}\n${problems.join('\n')}`)
  }
  if (results.length === 0) throw new Error('there is no package to check')
  if (results.some(({ problems }) => problems.length > 0)) process.exitCode = 1
} finally {
  await rm(work, { recursive: true, force: true })
}

async function check(tarball: Tarball): Promise<readonly string[]> {
  const commands: readonly (readonly [string, ...string[]])[] = [
    [join(bin, 'publint'), 'run', tarball.file, '--strict'],
    // Without CommonJS in it: `require()` of ES modules is Node's own from 20.19 on.
    [join(bin, 'attw'), tarball.file, '--profile', 'esm-only', '--no-emoji'],
    ...tarball.entries.flatMap((entry): [string, ...string[]][] => [
      [process.execPath, '--input-type=module', '--eval', `await import('${entry}')`],
      [process.execPath, '--eval', `require('${entry}')`],
    ]),
  ]
  const outcomes = await Promise.all(commands.map(([command, ...args]) => problemOf(command, args)))
  return [...(await contentProblems(tarball)), ...outcomes.filter((problem) => problem !== undefined)]
}

async function problemOf(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    await run(command, args, { cwd: work })
    return undefined
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    return `${[command, ...args].join(' ')}\n${stdout ?? ''}${stderr ?? String(error)}`
  }
}

/** Puts the packages of others beside ours, as an install would. */
async function linkDependencies(tarball: Tarball, nodeModules: string): Promise<void> {
  for (const name of tarball.dependencies.filter((dependency) => !dependency.startsWith('@goscheds/'))) {
    const target = join(packages, tarball.name.replace('@goscheds/', ''), 'node_modules', name)
    const link = join(nodeModules, name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(target, link).catch((error: unknown) => {
      // Another tarball needs it too.
      if ((error as { code?: string }).code !== 'EEXIST') throw error
    })
  }
}
