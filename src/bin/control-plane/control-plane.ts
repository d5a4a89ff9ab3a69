/** One process that is a Kubernetes API, its controllers, a kubelet and the operators, over one home. */
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  endsLast,
  inflateSoFar,
  NodeAddresses,
  NodeForwarder,
  NodePodFiles,
  NodeProber,
  NodeRuntime,
} from '../../env/containers/index.ts'
import type { Failure, HttpListener } from '../../env/index.ts'
import { lazyCrc32c, type NodeEnv, NodeNames } from '../../env/node/index.ts'
import {
  apiServer,
  builtinControllers,
  builtinKinds,
  type Convert,
  customKind,
  definitionController,
  type Kind,
  loadCel,
  openStore,
  type PodConnect,
} from '../../kube/index.ts'
import { cacheOver, EventWriter, type KindRef, type Kube, kubeOver, runControllers } from '../../kube-client/index.ts'
import { Kubelet, Network, podConnect } from '../../kubelet/index.ts'
import { keySource } from '../../pki/index.ts'
import { convert, customResourceDefinitions } from '../../resources/index.ts'
import { images } from '../pod/images.ts'
import { userImages } from '../pod/user-images.ts'
import { type Credentials, credentialsIn } from './credentials.ts'
import { makeDefinitions } from './definitions.ts'
import { type Home, makeHome } from './home.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { capacity, makeMachine, nodeName } from './machine.ts'
import { operatorDeployment } from './operator-deployment.ts'
import { operatorPrograms } from './operators.ts'
import { tokenMaker } from './tokens.ts'

export interface ControlPlane {
  /** https://127.0.0.1:PORT */
  readonly url: string
  /** As the administrator. */
  readonly kube: Kube
  /** Ends this process's part; pods go on, and the next start adopts them. */
  close(): Promise<void>
}

export interface ControlPlaneOptions {
  readonly home: Home
  readonly env: NodeEnv
  /** Of the API server; 0 = any free one. */
  readonly port: number
  /** This repository, or the installed package: where `bin/` is. */
  readonly root: string
  readonly variables: Readonly<Record<string, string | undefined>>
}

const bodyBytesMax = 3 * 1024 * 1024
const masters = { name: 'system:millrace', groups: ['system:masters'] } as const

export async function startControlPlane({
  home,
  env,
  port,
  root,
  variables,
}: ControlPlaneOptions): Promise<ControlPlane> {
  makeHome(home)
  const nowMs = env.clock.wallMs()
  // Its lock is the home's: of two that start at once the other changes nothing.
  const store = await openStore({ ...env, crc32c: lazyCrc32c() }, home.kube)
  const [credentials, cel, addresses] = await Promise.all([
    credentialsIn(home.pki, keySource(crypto), nowMs),
    loadCel(),
    NodeAddresses.open({
      ...{ home: home.path, directory: home.path },
      loopback: variables['MILLRACE_LOOPBACK'] === 'single' ? 'single' : undefined,
    }),
  ])
  const kinds = builtinKinds({ addresses: addresses.services, cel })
  const served = new Map<string, KindRef>()
  for (const kind of kinds) served.set(keyOf(kind), refOf(kind))
  let connect: PodConnect = async () => ({ status: 503 })
  const server = apiServer({
    ...{ env, store, kinds },
    // nobody asks before the listener is there, and pods come later still
    connect: (ask) => connect(ask),
  })
  const kubeAs = (name: string): Kube =>
    kubeOver(server.handle.bind(server), env.clock, { as: { ...masters, name }, fieldManager: name })
  const kube = kubeAs(masters.name)
  const makeToken = tokenMaker(server.handle.bind(server), masters)
  const listener = await listen(env, port, credentials, server.handle.bind(server))
  const url = `https://127.0.0.1:${listener.address.port}`
  writeKubeconfig(home.kubeconfig, url, credentials)
  await makeMachine(kube, addresses.hostIp, nowMs)

  // Whoever collects garbage has to know all kinds. Ours are known at once: their definitions are stored when there is time.
  const own = customResourceDefinitions()
  for (const definition of own) {
    const { group } = definition['spec'] as { group: string }
    const kind = customKind(definition, cel, conversionOf(group))
    server.register(kind)
    served.set(keyOf(kind), refOf(kind))
  }
  const cache = cacheOver(kube, env)
  const definitionsRunning = runControllers(
    kube,
    env,
    [
      definitionController({
        kube,
        server,
        cel,
        convert: conversionOf,
        established: (kind) => served.set(keyOf(kind), kind),
      }),
    ],
    cache,
  )
  const runtime = new NodeRuntime({ directory: home.containers, inProcess: operatorPrograms(kubeAs) })
  const ports = addresses.ports
  const events = new EventWriter(kube, env)
  const namesFile = home.names
  const files = new NodePodFiles()
  const kubelet = new Kubelet({
    ...{ runtime, files, addresses, nodeName, namesFile },
    ...{
      images: images(root, userImages(join(home.path, 'images.json'))),
      prober: new NodeProber(ports),
      clock: env.clock,
      random: env.random,
    },
    ...{ hostIp: addresses.hostIp, capacity: capacity(), directory: home.pods },
    path: process.env['PATH'] ?? '/usr/bin:/bin',
    // brokers leave in order as long as there are controllers
    labels: ({ metadata }) => ({ [endsLast]: String(metadata.labels?.['strimzi.io/broker-role'] === 'false') }),
    token: ({ metadata, spec }, audience, seconds) =>
      makeToken(metadata.namespace ?? '', spec.serviceAccountName ?? 'default', audience, seconds),
    events: (note) => events.write('kubelet', note),
  })
  connect = podConnect({
    ...{ kubelet, runtime, net: env.net, inflate: inflateSoFar },
    real: (at) => ports?.real(at) ?? at,
    wallMs: () => env.clock.wallMs(),
  })
  const network = new Network({
    ...{ addresses, hostIp: addresses.hostIp },
    ...{ names: new NodeNames(namesFile), forwarder: new NodeForwarder(ports) },
  })
  const volumes = {
    directory: home.volumes,
    remove: (path: string) => rm(resolve(path), { recursive: true, force: true }),
  }
  const builtin = builtinControllers({
    ...{ kube, rootCa: credentials.caPem, volumes },
    kinds: () => [...served.values()],
  })
  const running = runControllers(kube, env, [...builtin, kubelet, network], cache)
  for (const [kind, object] of operatorDeployment()) {
    await kube.apply({ do: 'apply', kind, object, fieldManager: 'millrace', force: true })
  }
  const turn = () => new Promise<void>((next) => env.clock.at(env.clock.monoMs() + 10, next))
  const stored = makeDefinitions(kube, own, turn).catch((thrown: Error) =>
    env.logger.error('The definitions of Strimzi’s kinds are not stored', {
      logger: 'control-plane',
      reason: thrown.message,
    }),
  )
  return {
    url,
    kube,
    async close() {
      await stored
      running.close()
      definitionsRunning.close()
      cache.close()
      await runtime.close()
      await new Promise<void>((gone) => listener.close(gone))
      server.close()
      await store.close()
    },
  }
}

const keyOf = ({ group, resource }: { group: string; resource: string }): string => `${group}/${resource}`

const refOf = ({ group, resource, kind, namespaced, storage }: Kind): KindRef => ({
  ...{ group, resource, kind, namespaced },
  version: storage,
})

const conversionOf = (group: string): Convert | undefined =>
  group === 'kafka.strimzi.io' || group === 'core.strimzi.io' ? convert : undefined

/** At that port, or at any other one when somebody has taken it meanwhile. */
async function listen(
  env: NodeEnv,
  port: number,
  { caPem, server }: Credentials,
  handle: Parameters<NodeEnv['http']['listen']>[1],
): Promise<HttpListener> {
  const tls = { cert: server.certPem, key: server.keyPem, clientCa: caPem }
  const at = (asked: number): Promise<HttpListener> =>
    new Promise((done, reject) => {
      const options = { host: '127.0.0.1', port: asked, tls, bodyBytesMax }
      env.http.listen(options, handle, (failure, listener) => (failure === null ? done(listener) : reject(failure)))
    })
  try {
    return await at(port)
  } catch (failure) {
    if (port === 0 || (failure as Failure).code !== 'EADDRINUSE') throw new Error((failure as Failure).message)
    return at(0)
  }
}
