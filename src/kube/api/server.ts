import type { Clock, HttpReply, HttpRequest, Logger, Random } from '../../env/index.ts'
import { type Closer, isApiError } from '../../kube-client/index.ts'
import type { ApiServer, PodConnect } from '../api-server.ts'
import type { Kind } from '../kind.ts'
import type { ProtoTable } from '../proto-table.ts'
import type { Store } from '../store/store.ts'
import { shapeOf } from './accept.ts'
import { type Ask, type Ground, jsonReply } from './ask.ts'
import { authenticate, type Tokens } from './authenticate.ts'
import { authorize, authorizePath } from './authorize.ts'
import { jsonBody, withYamlRead } from './body.ts'
import { bootstrap } from './bootstrap.ts'
import { deleteOptionsOf, remove, removeCollection, removedReply } from './delete.ts'
import { aggregated, coreVersions, groupList, oneGroup, resourceList } from './discovery.ts'
import type { Writer } from './managed-fields.ts'
import { openApiDocument, openApiIndex } from './openapi.ts'
import { patch } from './patch.ts'
import { internalError, methodNotAllowed, noSuchResource, notFound, problemReply } from './problem.ts'
import { getOne, list } from './read.ts'
import { keyOf, Registry } from './registry.ts'
import { isReview, review, reviewKinds } from './reviews.ts'
import { routeOf } from './route.ts'
import { scaled } from './scale.ts'
import { subresource as knownSubresource } from './subresources.ts'
import { parseTarget, type Target } from './target.ts'
import { userOfToken } from './tokens.ts'
import { watch } from './watch.ts'
import { create, objectOf, update, writtenReply } from './write.ts'

export interface ApiServerOptions {
  readonly env: { readonly clock: Clock; readonly random: Random; readonly logger: Logger }
  readonly store: Store
  readonly kinds: readonly Kind[]
  /** Absent: pods have no logs and no exec. */
  readonly connect?: PodConnect
  readonly tokens?: Tokens
  /** `HOST:PORT` by which clients find it; said in discovery. */
  readonly address?: string
}

export function apiServer(options: ApiServerOptions): ApiServer {
  return new Server(options)
}

/** The version whose API this is: what kubectl 1.32 to 1.34 takes without a word about skew. */
export const kubernetesVersion = { major: '1', minor: '33', gitVersion: 'v1.33.0+millrace' } as const

class Server implements ApiServer {
  readonly #options: ApiServerOptions
  readonly #registry = new Registry()
  readonly #watches = new Set<Closer>()
  /** Tells this process's documents from those of another with other kinds. */
  readonly #epoch: string
  /** Resolves when what a cluster has from the beginning is there. */
  readonly #ready: Promise<void>
  readonly #identify: Tokens
  readonly #ground: Ground & { clock: Clock; watches: Set<Closer> }

  constructor(options: ApiServerOptions) {
    const { clock, random } = options.env
    this.#options = options
    this.#epoch = uuid(random).slice(0, 8)
    for (const kind of [...reviewKinds(), ...options.kinds]) this.#registry.add(kind)
    this.#ground = {
      store: options.store,
      registry: this.#registry,
      clock,
      watches: this.#watches,
      wallMs: () => clock.wallMs(),
      uid: () => uuid(random),
      suffix: () => Array.from({ length: 5 }, () => letters[random.below(letters.length)]).join(''),
    }
    this.#identify = (token) => options.tokens?.(token) ?? userOfToken(options.store, token, clock.wallMs())
    this.#ready = bootstrap(this.#ground)
    // Whoever asks is told.
    this.#ready.catch(() => {})
  }

  register(kind: Kind): void {
    this.#registry.add(kind)
  }

  unregister(group: string, resource: string): void {
    this.#registry.delete(group, resource)
  }

  close(): void {
    for (const one of [...this.#watches]) one.close()
  }

  async handle(request: HttpRequest): Promise<HttpReply> {
    const warnings = new Set<string>()
    try {
      const reply = await this.#serve(request, warnings)
      if (warnings.size === 0) return reply
      const warning = [...warnings].map((text) => `299 - ${JSON.stringify(text)}`).join(', ')
      return { ...reply, headers: { ...reply.headers, warning } }
    } catch (thrown) {
      return this.#refusal(thrown, request)
    }
  }

  async #refusal(thrown: unknown, request: HttpRequest): Promise<HttpReply> {
    const isOurs = isApiError(thrown)
    if (!isOurs) {
      const { name, message, stack } = thrown as Error
      const fields = {
        logger: 'kube.api',
        method: request.method,
        path: request.target.split('?')[0]!,
        reason: message,
      }
      this.#options.env.logger.error('A request failed', { ...fields, stack: stack ?? name })
    }
    // Nothing is said that rests on what is not synced; when the disk failed, that is what is said.
    const answer = isOurs ? thrown : internalError((thrown as Error).message)
    return this.#options.store.synced().then(
      () => problemReply(answer),
      (failed: Error) => problemReply(internalError(failed.message)),
    )
  }

  async #serve(request: HttpRequest, warnings: Set<string>): Promise<HttpReply> {
    await this.#ready
    const target = parseTarget(request.target)
    const user = authenticate(request, this.#identify)
    const route = routeOf(target, this.#registry)
    if (route === null) {
      authorizePath(this.#ground.store, user, request, target.path)
      return this.#plain(request, target)
    }
    return this.#resource({ ...route, user, query: target.query, request: await withYamlRead(request), warnings })
  }

  async #resource(ask: Ask): Promise<HttpReply> {
    const { kind, name, request, subresource } = ask
    const ground = this.#ground
    authorize(ground.store, ask)
    if (isReview(kind)) return this.#review(ask)
    if (subresource !== null && subresource !== 'status') return this.#subresource(ask)
    if (subresource === 'status' && !kind.subresources.status) throw noSuchResource()
    const isCollection = name === null
    switch (request.method) {
      case 'GET':
        if (isCollection && ask.query.is('watch')) return watch(ground, ask)
        return isCollection ? list(ground, ask) : getOne(ground, ask)
      case 'POST': {
        if (!isCollection) throw methodNotAllowed()
        const object = objectOf(jsonBody(request, kind.proto), ask)
        return writtenReply(ground, ask, create(ground, ask, { object, writer: writerOf(ask) }), 201)
      }
      case 'PUT': {
        if (isCollection) throw methodNotAllowed()
        const object = objectOf(jsonBody(request, kind.proto), ask)
        return writtenReply(
          ground,
          ask,
          update(ground, ask, () => ({ object, writer: writerOf(ask) })),
        )
      }
      case 'PATCH': {
        if (isCollection) throw methodNotAllowed()
        const written = patch(ground, ask, writerOf(ask))
        return writtenReply(ground, ask, written, written.isNew ? 201 : 200)
      }
      case 'DELETE': {
        if (subresource !== null) throw methodNotAllowed()
        const options = deleteOptionsOf(ask, jsonBody(request, deleteOptionsTable(kind)))
        if (isCollection) return removeCollection(ground, ask, options)
        return removedReply(ground, ask, remove(ground, ask, options))
      }
      default:
        throw methodNotAllowed()
    }
  }

  async #review(ask: Ask): Promise<HttpReply> {
    const { kind, request, name } = ask
    if (request.method !== 'POST' || name !== null) throw methodNotAllowed()
    const object = objectOf(jsonBody(request, kind.proto), ask)
    return jsonReply(201, review(this.#ground, ask, object, this.#identify))
  }

  async #subresource(ask: Ask): Promise<HttpReply> {
    const { kind, namespace, name, subresource, query, request, user } = ask
    const { scale } = kind.subresources
    if (subresource === 'scale' && scale !== undefined) return scaled(this.#ground, ask, scale, writerOf(ask))
    const reply = knownSubresource(this.#ground, ask, this.#options.env.random)
    if (reply !== null) return reply
    const what = kind.subresources.connect?.find((one) => one === subresource)
    if (what === undefined || this.#options.connect === undefined) throw noSuchResource()
    const pod = this.#options.store.get(keyOf(kind, namespace, name!))
    if (pod === null) throw notFound(kind, name!)
    return this.#options.connect({ what, pod: pod.value, query, request, user })
  }

  /** Paths that are no resource. */
  #plain({ method, headers }: HttpRequest, { segments }: Target): HttpReply {
    if (method !== 'GET' && method !== 'HEAD') throw noSuchResource()
    const [first, second, third] = segments
    if (first === 'openapi') return this.#openApi(segments)
    const registry = this.#registry
    const found = (json: unknown): HttpReply => {
      if (json === null) throw noSuchResource()
      return jsonReply(200, json)
    }
    switch (segments.length) {
      case 1: {
        if (first === 'version') return jsonReply(200, { ...kubernetesVersion, platform: 'millrace' })
        if (first === 'healthz' || first === 'livez' || first === 'readyz') return ok
        if (first !== 'api' && first !== 'apis') break
        const shape = shapeOf(headers['accept'])
        if (shape === 'discovery-v2' || shape === 'discovery-v2beta1') {
          const { group, version } = {
            group: 'apidiscovery.k8s.io',
            version: shape === 'discovery-v2' ? 'v2' : 'v2beta1',
          }
          return {
            status: 200,
            headers: { 'content-type': `application/json;g=${group};v=${version};as=APIGroupDiscoveryList` },
            body: { json: aggregated(registry, first === 'api', shape) },
          }
        }
        return jsonReply(200, first === 'api' ? coreVersions(this.#options.address ?? '') : groupList(registry))
      }
      case 2:
        if (first === 'api') return found(resourceList(registry, '', second!))
        if (first === 'apis') return found(oneGroup(registry, second!))
        break
      case 3:
        if (first === 'apis') return found(resourceList(registry, second!, third!))
        break
    }
    throw noSuchResource()
  }

  #openApi([, version, ...path]: readonly string[]): HttpReply {
    if (version !== 'v3') throw noSuchResource()
    if (path.length === 0) return jsonReply(200, openApiIndex(this.#registry, this.#epoch))
    const document = openApiDocument(this.#registry, path.join('/'), kubernetesVersion.gitVersion)
    if (document === null) throw noSuchResource()
    return {
      ...jsonReply(200, document),
      headers: { 'content-type': 'application/json', 'cache-control': 'public, immutable' },
    }
  }
}

const ok: HttpReply = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' }

const letters = 'bcdfghjklmnpqrstvwxz2456789'

function uuid(random: Random): string {
  const bytes = random.bytes(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** `fieldManager`, else the program's name: what stands before the slash in its User-Agent. */
function writerOf({ query, request }: Ask): Writer {
  const agent = (request.headers['user-agent'] ?? '').split('/')[0]!
  return { manager: query.get('fieldManager') || agent || 'unknown', operation: 'Update' }
}

const deleteOptionsTable = ({ proto }: Kind): ProtoTable | undefined =>
  proto === undefined ? undefined : { ...proto, message: 'meta.DeleteOptions' }
