import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A mail API that takes a moment for each mail, and has enough for a second when the tenth comes. */
export class MailApi {
  readonly sent: string[] = []
  readonly #server: Server
  readonly #underWay: string[] = []
  #requests = 0
  #most = 0
  #mostOfOne = 0

  private constructor() {
    this.#server = createServer((request, response) => {
      const tenant = String(request.url).slice(1)
      if (++this.#requests === 10) return void response.writeHead(429, { 'Retry-After': '1' }).end()
      this.#underWay.push(tenant)
      this.#most = Math.max(this.#most, this.#underWay.length)
      this.#mostOfOne = Math.max(this.#mostOfOne, this.#underWay.filter((other) => other === tenant).length)
      setTimeout(() => {
        this.#underWay.splice(this.#underWay.indexOf(tenant), 1)
        this.sent.push(tenant)
        response.writeHead(202).end()
      }, 50)
    })
  }

  static async start(): Promise<MailApi> {
    const api = new MailApi()
    api.#server.listen(0, '127.0.0.1')
    await once(api.#server, 'listening')
    return api
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The most mails that were under way at a time: of all tenants, and of one. */
  get most(): { readonly ofAll: number; readonly ofOne: number } {
    return { ofAll: this.#most, ofOne: this.#mostOfOne }
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}
