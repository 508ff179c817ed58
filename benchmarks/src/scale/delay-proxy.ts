import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { DelayLine } from './delay-line.js'

/** A way to a server on which everything takes longer. */
export interface DelayProxy {
  /** Where it listens, on the loopback address. */
  readonly port: number
  close(): Promise<void>
}

/** Hands on whatever comes and goes, each piece `delayMs` later in each direction, over as many connections as come. */
export async function startDelayProxy(target: URL, delayMs: number): Promise<DelayProxy> {
  const line = new DelayLine(delayMs)
  const sockets = new Set<Socket>()

  function handOn(from: Socket, to: Socket): void {
    sockets.add(from)
    from.setNoDelay()
    from.on('data', (chunk) => line.add(() => to.write(chunk)))
    from.on('end', () => line.add(() => to.end()))
    // One that breaks is told by the end of the other.
    from.on('error', () => undefined)
    from.on('close', () => {
      sockets.delete(from)
      line.add(() => to.destroySoon())
    })
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true })
    handOn(client, upstream)
    handOn(upstream, client)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
      await line.close()
    },
  }
}
