import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { unusableBecause } from './redis-version.js'
import type { RedisBinary } from './test-redis.js'
import type { Source } from './try-sources.js'

const NAMES = ['redis-server', 'valkey-server'] as const

/** A server program on the PATH: what most developers' machines and CI images have. */
export function pathSource(env: Readonly<Record<string, string | undefined>>): Source<RedisBinary> {
  return {
    kind: 'path',
    async attempt() {
      const reasons: string[] = []
      for (const name of NAMES) {
        const path = await findOnPath(name, env['PATH'] ?? '')
        if (path === undefined) continue
        const binary: RedisBinary = { path, env: {}, kind: 'path' }
        const reason = await unusableBecause(binary)
        if (reason === undefined) return binary
        reasons.push(reason)
      }
      return { unavailable: reasons.length > 0 ? reasons.join('; ') : `no ${NAMES.join(' or ')} on the PATH` }
    },
  }
}

/** The full path of the first executable file of this name on a PATH. */
export async function findOnPath(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue
    const candidate = join(folder, name)
    try {
      await access(candidate, constants.X_OK)
      return candidate
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}
