import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** A customer's server: `/flaky` answers with 503 twice, `/gone` with 410, and `/down` with 500 until it is repaired. */
export class Receiver {
  readonly #server: Server
  #refusals = 2
  #isDown = true

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => {
      response.statusCode = this.#statusOf(request.url ?? '')
      response.end()
    })
  }

  static async start(): Promise<Receiver> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Receiver(server)
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  repair(): void {
    this.#isDown = false
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #statusOf(path: string): number {
    if (path === '/flaky') return this.#refusals-- > 0 ? 503 : 200
    if (path === '/gone') return 410
    return this.#isDown ? 500 : 200
  }
}
