/** Requests to the API as the verbs make them; what it refuses is thrown with its own words. */
import type { HttpReply } from '../../../env/index.ts'
import type { Reached } from '../reach.ts'

export interface Ask {
  readonly method?: string
  readonly query?: Readonly<Record<string, string | null>>
  readonly body?: unknown
  /** Of the body. */
  readonly type?: string
  readonly accept?: string
}

export interface Status {
  readonly code: number
  readonly reason: string
  readonly message: string
  readonly details: { readonly kind?: string; readonly name?: string; readonly causes?: readonly Cause[] }
}

export interface Cause {
  readonly field?: string
  readonly message?: string
}

/** An answer that is not a success. */
export class Refused extends Error {
  readonly status: Status

  constructor(status: Status) {
    super(status.message)
    this.status = status
  }
}

export interface Requests {
  readonly reached: Reached
  json<T>(path: string, ask?: Ask): Promise<T>
  text(path: string, ask?: Ask): Promise<string>
  /** An answer without an end (`watch` or `follow` in its query), piece by piece; resolves when it is over. */
  stream(path: string, ask: Ask, each: (text: string) => void, until?: AbortSignal): Promise<void>
}

export const isMissing = (thrown: unknown): boolean => thrown instanceof Refused && thrown.status.code === 404

export function requestsTo(reached: Reached, warn: (text: string) => void): Requests {
  const send = async (path: string, ask: Ask, onGone: (gone: () => void) => void): Promise<HttpReply> => {
    const { method = 'GET', query = {}, body, type = 'application/json', accept = 'application/json' } = ask
    const asked = Object.entries(query).flatMap(([key, value]) =>
      value === null ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`],
    )
    const reply = await reached.http({
      ...{ method, target: asked.length === 0 ? path : `${path}?${asked.join('&')}` },
      headers: body === undefined ? { accept } : { accept, 'content-type': type },
      ...{ body: body === undefined ? '' : { json: body }, peer: { address: null, certificate: null }, onGone },
    })
    for (const [, text] of (reply.headers?.['warning'] ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)) {
      warn(`Warning: ${text!.replaceAll(/\\(.)/g, '$1')}\n`)
    }
    if (reply.status < 300) return reply
    throw new Refused(statusIn(reply))
  }
  const text = async (path: string, ask: Ask = {}): Promise<string> => textOf(await send(path, ask, () => {}))
  return {
    reached,
    text,
    json: async <T>(path: string, ask: Ask = {}) => JSON.parse(await text(path, ask)) as T,
    stream: async (path, ask, each, until) => {
      const { stream } = await send(path, ask, () => {})
      if (stream === undefined) throw new Error(`${path} was answered at once, not as a stream`)
      const decoder = new TextDecoder()
      await new Promise<void>((done) => {
        const out = {
          write: (chunk: unknown): boolean => {
            each(decoder.decode(chunk as Uint8Array, { stream: true }))
            return true
          },
          end: done,
          onDrain: () => {},
          onGone: () => {},
        }
        stream(out)
        until?.addEventListener('abort', () => {
          out.onGone()
          done()
        })
      })
    },
  }
}

const textOf = ({ body }: HttpReply): string =>
  typeof body === 'string' ? body : new TextDecoder().decode((body ?? new Uint8Array(0)) as Uint8Array)

export function statusIn(reply: HttpReply): Status {
  const text = textOf(reply)
  let said: Partial<Status> = {}
  try {
    said = JSON.parse(text) as Partial<Status>
  } catch {
    // not a Status: shown as it came
    said = { message: text.trim() }
  }
  const { reason = '', message = `the answer was ${reply.status}`, details = {} } = said
  return { code: reply.status, reason, message, details }
}
