import { on, once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startDelayProxy } from '../src/scale/delay-proxy.js'

/** Through the proxy to a server that hands each connection to `serve`. */
async function connected(delayMs: number, serve: (socket: Socket) => void): Promise<Socket> {
  const server = createServer({ allowHalfOpen: true }, serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await startDelayProxy(new URL(`redis://127.0.0.1:${String(port)}`), delayMs)
  const socket = connect({ host: '127.0.0.1', port: proxy.port, noDelay: true, allowHalfOpen: true })
  await once(socket, 'connect')
  onTestFinished(async () => {
    socket.destroy()
    await proxy.close()
    server.close()
  })
  return socket
}

function echo(socket: Socket): void {
  socket.setNoDelay().pipe(socket)
}

async function roundTrip(socket: Socket): Promise<number> {
  const start = performance.now()
  socket.write('ping')
  await once(socket, 'data')
  return performance.now() - start
}

test.each([0, 1, 5])('what goes through takes %d ms longer each way, hardly less', async (delayMs) => {
  const socket = await connected(delayMs, echo)
  const took: number[] = []
  for (let trip = 0; trip < 30; trip++) took.push(await roundTrip(socket))
  const shortest = Math.min(...took)
  expect(shortest).toBeGreaterThanOrEqual(2 * delayMs - 0.2)
  // The shortest of many, as a busy machine makes the others longer.
  expect(shortest).toBeLessThan(2 * delayMs + 1)
})

test('what is written while something else is under way does not wait for it', async () => {
  const socket = await connected(50, echo)
  const start = performance.now()
  const answers = on(socket, 'data')
  for (let piece = 0; piece < 5; piece++) {
    socket.write('piece')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  let received = ''
  for await (const [chunk] of answers) {
    received += String(chunk)
    if (received.length === 5 * 'piece'.length) break
  }
  const tookMs = performance.now() - start
  expect(received).toBe('piece'.repeat(5))
  // One after the other they would take 500 ms.
  expect(tookMs).toBeGreaterThan(140)
  expect(tookMs).toBeLessThan(400)
})

test('everything arrives, in order, before the end does', async () => {
  const socket = await connected(2, echo)
  const sent = Array.from({ length: 20_000 }, (_, n) => String(n)).join(' ')
  socket.end(sent)
  let received = ''
  for await (const chunk of socket) received += String(chunk)
  expect(received).toBe(sent)
})

test('the end of the server is the end of the client, behind what it said before', async () => {
  const socket = await connected(1, (server) => server.once('data', () => server.end('goodbye')))
  socket.write('hello')
  let received = ''
  for await (const chunk of socket) received += String(chunk)
  expect(received).toBe('goodbye')
})
