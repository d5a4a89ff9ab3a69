import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import type { Address, Prober } from '../index.ts'
import type { PodPorts } from '../node/index.ts'

const successFrom = 200
const successBelow = 400

/** Asks pods from this machine. `ports` knows where they really listen. */
export class NodeProber implements Prober {
  readonly #ports: PodPorts | null

  constructor(ports: PodPorts | null) {
    this.#ports = ports
  }

  tcp(to: Address, timeoutMs: number): Promise<string | null> {
    const { host, port } = this.#real(to)
    return new Promise((resolve) => {
      const socket = net.connect({ host, port })
      const answer = (why: string | null): void => {
        clearTimeout(timer)
        socket.destroy()
        resolve(why)
      }
      const timer = setTimeout(() => answer(`dial tcp ${to.host}:${to.port}: i/o timeout`), timeoutMs)
      socket.once('connect', () => answer(null))
      socket.once('error', (error) => answer(`dial tcp ${to.host}:${to.port}: connect: ${words(error)}`))
    })
  }

  http(ask: Parameters<Prober['http']>[0], timeoutMs: number): Promise<string | null> {
    const { host, port } = this.#real(ask.to)
    const headers: Record<string, string> = { 'user-agent': 'kube-probe/millrace', accept: '*/*' }
    for (const { name, value } of ask.headers) headers[name.toLowerCase()] = value
    const url = `${ask.scheme}://${ask.to.host}:${ask.to.port}${ask.path}`
    const options = { host, port, path: ask.path, headers, agent: false }
    return new Promise((resolve) => {
      const answer = (why: string | null): void => {
        clearTimeout(timer)
        request.destroy()
        resolve(why)
      }
      const heard = (response: http.IncomingMessage): void => {
        const status = response.statusCode ?? 0
        const passes = status >= successFrom && status < successBelow
        answer(passes ? null : `HTTP probe failed with statuscode: ${status}`)
      }
      // as the kubelet does it, the certificate is not looked at
      const request =
        ask.scheme === 'https' ? https.get({ ...options, rejectUnauthorized: false }, heard) : http.get(options, heard)
      const timer = setTimeout(() => {
        answer(`Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`)
      }, timeoutMs)
      request.once('error', (error) =>
        answer(`Get "${url}": dial tcp ${ask.to.host}:${ask.to.port}: connect: ${words(error)}`),
      )
    })
  }

  #real(to: Address): Address {
    return this.#ports?.real(to) ?? to
  }
}

function words(error: Error): string {
  const { code } = error as { code?: string }
  if (code === 'ECONNREFUSED') return 'connection refused'
  return code === 'ECONNRESET' ? 'connection reset by peer' : error.message
}
