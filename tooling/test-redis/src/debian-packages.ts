import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { unusableBecause } from './redis-version.js'
import type { RedisBinary } from './test-redis.js'

type Env = Readonly<Record<string, string | undefined>>

const run = promisify(execFile)
const APT_TIMEOUT_MS = 180_000

// redis-server holds only a link to a program that lies in redis-tools.
const PROGRAMS = ['redis-server', 'redis-tools']
const LIBRARIES = ['liblzf1', 'libjemalloc2', 'libatomic1']

/**
 * The Redis server in this folder; downloaded and unpacked first if it is not there yet.
 *
 * @throws Error with the output of apt-get or dpkg when the packages cannot be had.
 */
export async function cachedDebianRedis(folder: string, env: Env): Promise<RedisBinary> {
  const cached = await binaryIn(folder, env)
  if ((await unusableBecause(cached)) === undefined) return cached
  await mkdir(dirname(folder), { recursive: true })
  const work = await mkdtemp(`${folder}-`)
  try {
    await unpackInto(join(work, 'root'), work, env)
    const reason = await unusableBecause(await binaryIn(join(work, 'root'), env))
    if (reason !== undefined) throw new Error(reason)
    await rm(folder, { recursive: true, force: true })
    // Moved into place as a whole, so that no other process ever sees half of it. If one was faster, theirs is as good.
    await rename(join(work, 'root'), folder).catch(() => undefined)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return await binaryIn(folder, env)
}

async function binaryIn(root: string, env: Env): Promise<RedisBinary> {
  const folders: string[] = []
  for (const parent of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    const entries = await readdir(parent).catch(() => [])
    folders.push(parent, ...entries.filter((name) => name.includes('linux-gnu')).map((name) => join(parent, name)))
  }
  const inherited = env['LD_LIBRARY_PATH']
  const LD_LIBRARY_PATH = [...folders, ...(inherited === undefined ? [] : [inherited])].join(':')
  return { path: join(root, 'usr', 'bin', 'redis-server'), env: { LD_LIBRARY_PATH }, kind: 'debian' }
}

async function unpackInto(root: string, work: string, env: Env): Promise<void> {
  // Everything that apt would write below /var goes to this folder, and so no right and no lock of the system is needed.
  const folders = { lists: join(work, 'lists'), cache: join(work, 'cache'), debs: join(work, 'debs') }
  for (const folder of [join(folders.lists, 'partial'), join(folders.cache, 'archives', 'partial'), folders.debs]) {
    await mkdir(folder, { recursive: true })
  }
  const apt = async (...args: readonly string[]): Promise<string> => {
    const settings = {
      'Dir::State': work,
      'Dir::State::Lists': folders.lists,
      'Dir::State::status': '/var/lib/dpkg/status',
      'Dir::Cache': folders.cache,
      'Debug::NoLocking': '1',
      // As root, apt would hand the download to a user who may not write here.
      'APT::Sandbox::User': '',
      'Acquire::Retries': '2',
    }
    const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
    const { stdout } = await run('apt-get', ['-q', ...options, ...args], {
      cwd: folders.debs,
      env: { ...env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      timeout: APT_TIMEOUT_MS,
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout
  }
  await apt('update')
  // What this system lacks differs between its images, so apt is asked; the fixed list is for a system that has
  // unmet dependencies, where it gives no answer.
  const simulated = await apt('install', '--simulate', '--no-install-recommends', 'redis-server').catch(() => '')
  await apt('download', ...new Set([...PROGRAMS, ...LIBRARIES, ...librariesToInstall(simulated)]))
  await mkdir(root)
  for (const deb of await readdir(folders.debs)) await run('dpkg', ['-x', join(folders.debs, deb), root], { env })
}

/** The libraries among the packages that `apt-get install --simulate` says it would install. */
export function librariesToInstall(simulated: string): readonly string[] {
  return Array.from(simulated.matchAll(/^Inst ((?:lib|lua)\S+)/gm), (match) => match[1] ?? '')
}
