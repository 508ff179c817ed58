// A delaying proxy as a process of its own: the URL of the server, and the milliseconds in each direction.
import { startDelayProxy } from './delay-proxy.js'
import { serveAsHelper } from './helper-process.js'

const [, , url = '', delayMs = ''] = process.argv
const { port } = await startDelayProxy(new URL(url), Number(delayMs))
const start = process.cpuUsage()
// In seconds, since it began to listen.
serveAsHelper(port, () => {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
})
