import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import type { HttpBody, HttpHandler, HttpReply, HttpRequest, HttpSink } from '../http.ts'

export interface HttpClientOptions {
  /** https://HOST:PORT */
  readonly url: string
  /** PEM: whom to trust, and who we are. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
  /** A longer answer is given up. */
  readonly bodyBytesMax: number
  /** A server that has not begun its answer by then is given up: it may be none. */
  readonly answerMsMax: number
}

/** Requests to a server elsewhere. Answers without an end (`watch`, `follow`) are streams, all others are read first. */
export function httpClient({
  url,
  tls,
  bodyBytesMax,
  answerMsMax,
}: HttpClientOptions): HttpHandler & { close(): void } {
  const agent = new https.Agent({ ...tls, keepAlive: true })
  const handler = (request: HttpRequest): Promise<HttpReply> =>
    new Promise((resolve, reject) => {
      const { method } = request
      const body = bytesOf(request.body)
      // Node says no length by itself for a DELETE, whose body then is no part of it.
      const headers = { ...request.headers, 'content-length': String(body.length) }
      const outgoing = https.request(new URL(request.target, url), { method, headers, agent }, (incoming) => {
        clearTimeout(late)
        const isEndless = /[?&](?:watch|follow)=(?:true|1)\b/.test(request.target)
        if (isEndless && incoming.statusCode === 200) resolve(streamed(incoming))
        else whole(incoming, bodyBytesMax).then(resolve, reject)
      })
      const late = setTimeout(() => {
        outgoing.destroy(new Error(`${url} gave no answer in ${answerMsMax} ms`))
      }, answerMsMax)
      outgoing.on('error', reject)
      outgoing.on('close', () => clearTimeout(late))
      request.onGone(() => outgoing.destroy())
      outgoing.end(body)
    })
  return Object.assign(handler, { close: () => agent.destroy() })
}

function bytesOf(body: HttpBody): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body)
  return 'json' in body ? Buffer.from(JSON.stringify(body.json)) : body
}

async function whole(incoming: IncomingMessage, bytesMax: number): Promise<HttpReply> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length
    if (size > bytesMax) throw new Error(`an answer is longer than ${bytesMax} bytes`)
    chunks.push(chunk as Buffer)
  }
  return { status: incoming.statusCode ?? 0, headers: headersOf(incoming), body: Buffer.concat(chunks) }
}

function streamed(incoming: IncomingMessage): HttpReply {
  return {
    status: incoming.statusCode ?? 0,
    headers: headersOf(incoming),
    stream: (out: HttpSink) => {
      out.onGone = () => incoming.destroy()
      out.onDrain = () => incoming.resume()
      incoming.on('data', (chunk: Buffer) => {
        if (!out.write(chunk)) incoming.pause()
      })
      // a broken answer ends as one that is over: whoever watches asks again
      incoming.on('error', () => out.end())
      incoming.on('end', () => out.end())
    },
  }
}

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
