import { StoreUnsuitableError } from '@goscheds/core'
import type { MainConnection } from './main-connection.js'

const OLDEST = [6, 2] as const

/**
 * Checks that the server can be used: rejects with `STORE_UNSUITABLE` when it is too old, and warns when it is set
 * to drop keys under memory pressure, or when it does not let us look.
 */
export async function checkSuitability(main: MainConnection, logger: { warn(message: string): void }): Promise<void> {
  let info: string
  try {
    info = [await main.call('info', ['server']), await main.call('info', ['memory'])].join('\n')
  } catch (error) {
    if (!/^(NOPERM|ERR unknown command)/.test((error as Error).message)) throw error
    logger.warn('goscheds: Redis does not allow INFO, so its version and maxmemory-policy are not checked')
    return
  }
  const version = field(info, 'redis_version')
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  if (version !== undefined && (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))) {
    throw new StoreUnsuitableError(`Redis ${version} is too old: the store needs Redis ${OLDEST.join('.')} or newer`)
  }
  const policy = field(info, 'maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction') {
    logger.warn(
      `goscheds: Redis may drop jobs when its memory is full: its maxmemory-policy is ${policy}; set it to noeviction`,
    )
  }
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}
