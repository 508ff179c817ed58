// Asks a Redis server every millisecond whether it answers, in a process of its own: the URL of the server.
import { once } from 'node:events'
import { connect } from 'node:net'
import { percentile } from '../statistics.js'
import { serveAsHelper } from './helper-process.js'

const EVERY_MS = 1
const ANSWER = '+PONG\r\n'

/** What the pinger says in the end, in milliseconds. */
export interface Pings {
  readonly p50: number
  readonly p999: number
  readonly max: number
}

const { hostname, port } = new URL(process.argv[2] ?? '')
const socket = connect({ host: hostname, port: Number(port), noDelay: true })
const unanswered: number[] = []
let latencies: number[] = []
let bytes = 0

function ask(): void {
  unanswered.push(performance.now())
  socket.write('PING\r\n')
}

socket.on('data', (chunk) => {
  const time = performance.now()
  for (bytes += chunk.length; bytes >= ANSWER.length; bytes -= ANSWER.length) {
    latencies.push(time - (unanswered.shift() ?? Number.NaN))
  }
})
await once(socket, 'connect')
// Whether the last was answered or not: a server that stands still is asked all the same.
setInterval(ask, EVERY_MS)
serveAsHelper(
  'connected',
  (): Pings => {
    // What has not been answered by now counts with the time that it has waited.
    const all = [...latencies, ...unanswered.map((sentAt) => performance.now() - sentAt)]
    return { p50: percentile(all, 50), p999: percentile(all, 99.9), max: percentile(all, 100) }
  },
  () => (latencies = []),
)
