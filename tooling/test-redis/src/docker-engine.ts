import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'

const PING_TIMEOUT_MS = 1_000

/** Whether a Docker engine answers, asked where it usually listens; costs next to nothing where there is none. */
export async function dockerAnswers(env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  for (const address of dockerAddresses(env)) {
    if (await ping(address)) return true
  }
  return false
}

/** The addresses to ask: the one that the user names, or else the usual sockets. */
export function dockerAddresses(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = env['DOCKER_HOST']
  if (named !== undefined && named !== '') return [named]
  const runtimeDir = env['XDG_RUNTIME_DIR']
  return [
    'unix:///var/run/docker.sock',
    ...(runtimeDir === undefined ? [] : [`unix://${runtimeDir}/docker.sock`]),
    `unix://${join(homedir(), '.docker', 'run', 'docker.sock')}`,
  ]
}

async function ping(address: string): Promise<boolean> {
  const url = new URL(address)
  // What testcontainers speaks besides (ssh, named pipes) cannot be asked over HTTP: let it try for itself.
  if (!['unix:', 'tcp:', 'http:'].includes(url.protocol)) return true
  const target = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port }
  return await new Promise((resolve) => {
    const ask = request({ ...target, path: '/_ping', timeout: PING_TIMEOUT_MS }, (response) => {
      response.resume()
      // Any answer is an engine: one that wants TLS says 400 here.
      resolve(true)
    })
    ask.once('timeout', () => ask.destroy())
    ask.once('error', () => {
      resolve(false)
    })
    ask.end()
  })
}
