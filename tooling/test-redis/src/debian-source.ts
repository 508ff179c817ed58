import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cachedDebianRedis } from './debian-packages.js'
import { findOnPath } from './path-source.js'
import type { RedisBinary } from './test-redis.js'
import type { Source } from './try-sources.js'

type Env = Readonly<Record<string, string | undefined>>

/** The packages of Debian or Ubuntu, unpacked into a cache folder: needs no root and installs nothing. */
export function debianSource(env: Env): Source<RedisBinary> {
  return {
    kind: 'debian',
    async attempt() {
      const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
      if (!isDebianLike(release)) return { unavailable: 'this system is neither Debian nor Ubuntu' }
      for (const tool of ['apt-get', 'dpkg']) {
        if ((await findOnPath(tool, env['PATH'] ?? '')) === undefined) return { unavailable: `no ${tool} on the PATH` }
      }
      // Packages of another release or architecture would not run here, even if the home folder is shared.
      return await cachedDebianRedis(join(cacheFolder(env), `redis-${releaseName(release)}-${process.arch}`), env)
    },
  }
}

/** Whether `/etc/os-release` describes Debian or something made from it. */
export function isDebianLike(osRelease: string): boolean {
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease)
}

/** A folder name for a release, such as `debian-12`. */
export function releaseName(osRelease: string): string {
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1]?.replace(/[^\w.-]/g, '_') ?? 'unknown'
  return `${field('ID')}-${field('VERSION_ID')}`
}

/** Where downloads are kept between runs: `GOSCHEDS_CACHE_DIR`, or else the user's cache folder. */
export function cacheFolder(env: Env): string {
  return env['GOSCHEDS_CACHE_DIR'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'goscheds')
}
