import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { allPeers } from './adapters/all-adapters.js'
import { describeMachine, type Machine } from './machine.js'
import { repository } from './repository.js'
import { count } from './table.js'

/** What figures were measured with; they mean little without it. */
export interface Provenance {
  /** When the measuring began, as ISO text. */
  readonly date: string
  readonly commit: string
  /** Whether the sources were those of the commit. */
  readonly isClean: boolean
  readonly machine: Machine
  /** Of the server, of its client and of every peer. */
  readonly versions: Readonly<Record<string, string>>
}

/** The state of things now. Starts a Redis server for a moment, to ask for its version. */
export async function provenance(): Promise<Provenance> {
  const changed = await git('status', '--porcelain', '--', '.', ':!benchmarks/results', ':!*.md')
  const packages = ['ioredis', ...allPeers.map(({ name }) => name)]
  return {
    date: new Date().toISOString(),
    commit: await git('rev-parse', 'HEAD'),
    isClean: changed === '',
    machine: describeMachine(),
    versions: {
      ...(await serverVersion()),
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
    },
  }
}

/** All of it in a sentence or two. */
export function describeProvenance({ date, commit, isClean, machine, versions }: Provenance): string {
  const { node, platform, cpu, cores, memoryGiB, load } = machine
  const tree = isClean ? '' : ' with changes that were not committed'
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return (
    `Measured on ${date.slice(0, 10)} at commit ${commit.slice(0, 10)}${tree}: Node ${node.slice(1)}, ${libraries.join(', ')}; ` +
    `${platform}, ${String(cores)} cores of ${cpu}, ${String(memoryGiB)} GiB, load before the first run ${count(load, 2)}.`
  )
}

async function git(...args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)('git', args, { cwd: repository })).stdout.trim()
  } catch {
    // A copy of the sources without their history, or a machine without git.
    return 'unknown'
  }
}

async function serverVersion(): Promise<Readonly<Record<string, string>>> {
  const server = await startOwnTestRedis()
  const redis = new Redis(server.url, { lazyConnect: true })
  try {
    await redis.connect()
    const info = await redis.info('server')
    const version = (name: string): string | undefined => new RegExp(`^${name}_version:(.*?)\\s*$`, 'm').exec(info)?.[1]
    // Valkey says beside its own version which one of Redis it stands for.
    const valkey = version('valkey')
    return valkey === undefined ? { Redis: version('redis') ?? 'unknown' } : { Valkey: valkey }
  } finally {
    redis.disconnect()
    await server.stop()
  }
}

function versionOf(name: string): string {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { readonly version: string }
  return version
}
