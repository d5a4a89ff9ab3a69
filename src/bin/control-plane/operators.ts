/** Operators as containers inside this process: what runs for each program that their pods name. */
import type { HttpListener, InProcess, Logger } from '../../env/index.ts'
import { lineLogger, type NodeEnv, nodeEnv, PodWorld, podVariable } from '../../env/node/index.ts'
import {
  type Cache,
  type Controller,
  cacheOver,
  type Kube,
  type Running,
  runControllers,
} from '../../kube-client/index.ts'
import {
  ClientAdmin,
  clusterOperator,
  type Environment,
  operatorConfig,
  topicConfig,
  topicOperator,
  userConfig,
  userOperator,
} from '../../operator/index.ts'
import { keySource } from '../../pki/index.ts'
import { capabilities } from './capabilities.ts'

/** What an operator's controllers work with. */
interface OperatorGround {
  readonly env: NodeEnv
  readonly kube: Kube
  readonly admin: ClientAdmin
  readonly variables: Environment
}

/** Where Strimzi's operators say that they are well. */
const healthPort = { cluster: 8080, topic: 8080, user: 8081 } as const

interface Program {
  readonly healthPort: number
  controllers(ground: OperatorGround): readonly Controller<unknown, unknown>[]
}

const cluster: Program = {
  healthPort: healthPort.cluster,
  controllers: ({ env, kube, admin, variables }) =>
    clusterOperator({ env, kube, admin, keys: keySource(crypto), config: operatorConfig(variables, capabilities) }),
}

const programs: ReadonlyMap<string, Program> = new Map([
  ['operator', cluster],
  ['/opt/strimzi/bin/cluster_operator_run.sh', cluster],
  [
    '/opt/strimzi/bin/topic_operator_run.sh',
    {
      healthPort: healthPort.topic,
      controllers: ({ env, kube, admin, variables }) =>
        topicOperator({ env, kube, admin, config: topicConfig(variables) }),
    },
  ],
  [
    '/opt/strimzi/bin/user_operator_run.sh',
    {
      healthPort: healthPort.user,
      controllers: ({ env, kube, admin, variables }) =>
        userOperator({ env, kube, admin, keys: keySource(crypto), config: userConfig(variables) }),
    },
  ],
])

/** `kubeAs`: the API as the operator of that name. */
export function operatorPrograms(kubeAs: (name: string) => Kube): InProcess {
  return (name, { env: variables, log }) => {
    const { promise: ended, resolve } = Promise.withResolvers<number>()
    const program = programs.get(name)
    if (program === undefined) {
      log(`There is no program ${name} in this control plane; there are ${[...programs.keys()].join(', ')}`)
      return { ended: Promise.resolve(127), stop: () => {} }
    }
    const started = start(program, name, variables, kubeAs, log)
    started.catch((thrown: unknown) => {
      log(String(thrown instanceof Error ? thrown.stack : thrown))
      resolve(1)
    })
    const stop = (): void => {
      void started.then(async (life) => {
        await life.close()
        resolve(0)
      })
    }
    return { ended, stop }
  }
}

async function start(
  program: Program,
  name: string,
  variables: Environment,
  kubeAs: (name: string) => Kube,
  log: (line: string) => void,
): Promise<{ close(): Promise<void> }> {
  const pod = new PodWorld(variables[podVariable]!)
  const logger: Logger = lineLogger({ level: 'info', sink: (line) => log(line.trimEnd()), wallMs: () => Date.now() })
  const env = nodeEnv({ logger, pod })
  const kube = kubeAs(variables['STRIMZI_OPERATOR_NAME'] ?? name.replace(/^.*\/|_run\.sh$/g, ''))
  const admin = new ClientAdmin(env, name)
  const cache: Cache = cacheOver(kube, env)
  const running: Running = runControllers(kube, env, program.controllers({ env, kube, admin, variables }), cache)
  const health = await healthListener(env, pod.ip, program.healthPort)
  return {
    async close() {
      running.close()
      cache.close()
      health.close()
      await admin.close()
      env.close()
    },
  }
}

function healthListener(env: NodeEnv, host: string, port: number): Promise<HttpListener> {
  return new Promise((resolve, reject) => {
    env.http.listen(
      { host, port, tls: null, bodyBytesMax: 1024 },
      async () => ({ status: 200, body: 'ok' }),
      (failure, listener) => (failure === null ? resolve(listener) : reject(new Error(failure.message))),
    )
  })
}
