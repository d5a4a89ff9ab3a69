import type { Addresses, Clock, ContainerExit, Failure, PodFiles, Prober, Random, Runtime } from '../env/index.ts'
import type { Controller, EventNote, Input, Kube, Obj, Pass, View } from '../kube-client/index.ts'
import { askProbe } from './ask-probe.ts'
import type { Placed } from './downward.ts'
import { isLacking } from './environment.ts'
import { type KubeletAction, type LifeFacts, noProbe, type PodFacts, type ProbeKind } from './facts.ts'
import type { Image, Images } from './image.ts'
import { hostArgv, hostnameOf, type Launch, launchOf, type PodTable } from './launch.ts'
import { notDone } from './not-done.ts'
import { fieldPathOf, planPod } from './plan.ts'
import { type LifeLabels, lifeOf, PodMemory } from './pod-memory.ts'
import { type Container, claims, configMaps, keyOf, type Pod, pods, secrets, volumes } from './pod-types.ts'
import { answered, probeOf } from './probing.ts'
import { references } from './references.ts'
import { idPrefix } from './status.ts'
import { planVolume, tokenKey, type VolumePlan, type VolumeWorld } from './volumes.ts'

export interface KubeletOptions {
  readonly runtime: Runtime
  readonly images: Images
  readonly files: PodFiles
  readonly prober: Prober
  readonly addresses: Addresses
  readonly clock: Clock
  readonly random: Random
  /** The one node that this machine is. */
  readonly nodeName: string
  readonly hostIp: string
  readonly capacity: Placed['capacity']
  /** Holds a directory for each pod. */
  readonly directory: string
  /** The file in which programs look names up. */
  readonly namesFile: string
  /** Where this machine's programs are: `PATH`. */
  readonly path: string
  /** Makes a token for a pod's service account. Absent: pods that ask for one do not start. */
  readonly token?: (pod: Pod, audience: string | undefined, expirationSeconds: number | undefined) => Promise<string>
  /** Further labels of a container's record, for whoever ends all that runs without a control plane. */
  readonly labels?: (pod: Pod) => Readonly<Record<string, string>>
  /** Events that come between passes. */
  readonly events: (note: EventNote) => void
}

const tokenFileMode = 0o600
/** Exit code of a container that did not come to be, as containerd gives it. */
const notStarted = 128

/** Pods of one node, run as processes of this machine. */
export class Kubelet implements Controller<PodFacts, KubeletAction> {
  readonly name = 'kubelet'
  readonly concurrency = 16
  readonly inputs: readonly Input[]
  readonly #options: KubeletOptions
  readonly #memories = new Map<string, PodMemory>()
  #wake: (key: string) => void = () => {}
  #view: View | null = null
  #adopting: Promise<void> | null = null

  constructor(options: KubeletOptions) {
    this.#options = options
    const isOurs = (pod: Pod): boolean => pod.spec.nodeName === options.nodeName
    const ofPods = (find: (pod: Pod) => boolean, namespace: string | null, view: View): string[] =>
      view
        .list(pods, { namespace })
        .filter((pod) => isOurs(pod) && find(pod))
        .map(keyOf)
    this.inputs = [
      { kind: pods, keys: (pod) => (isOurs(pod as Pod) ? [keyOf(pod)] : []) },
      ...([configMaps, secrets, claims] as const).map((kind) => ({
        kind,
        keys: ({ metadata }: Obj, view: View) =>
          ofPods(
            (pod) => references(pod)[kind.resource]?.has(metadata.name) === true,
            metadata.namespace ?? null,
            view,
          ),
      })),
      {
        kind: volumes,
        keys: (_volume, view) => ofPods((pod) => references(pod)['persistentvolumeclaims'] !== undefined, null, view),
      },
    ]
    options.runtime.onExit((id, exit) => this.#ended(id, exit))
  }

  started(wake: (key: string) => void): void {
    this.#wake = wake
    void this.#adopt()
  }

  async gather(key: string, view: View): Promise<PodFacts | null> {
    this.#view = view
    await this.#adopt()
    const [namespace = '', name = ''] = key.split('/')
    const pod = view.get(pods, { namespace, name })
    const memories = [...this.#memories.values()].filter((memory) => memory.key === key)
    const isHere = pod !== undefined && pod.spec.nodeName === this.#options.nodeName
    // an earlier pod of this name holds its address and its claims until it is gone
    const earlier = memories.find(({ uid }) => uid !== pod?.metadata.uid)
    if (earlier !== undefined) return this.#facts(earlier, null)
    if (!isHere) return null
    const uid = pod.metadata.uid ?? ''
    let memory = this.#memories.get(uid)
    if (memory === undefined) {
      if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
        // it ended in an earlier life of this kubelet, and nothing of it is left but the wish to delete it
        if (pod.metadata.deletionTimestamp === undefined) return null
      }
      memory = new PodMemory(uid, key, this.#options.clock.wallMs())
      this.#memories.set(uid, memory)
    }
    if (memory.isAdopted) believe(memory, pod)
    return this.#facts(memory, pod)
  }

  plan(_key: string, facts: PodFacts, nowMs: number): Pass<KubeletAction> {
    return planPod(facts, nowMs)
  }

  async execute(action: KubeletAction, kube: Kube): Promise<void> {
    if (action.do === 'kube') {
      await kube.apply(action.action)
      return
    }
    const memory = this.#memories.get(action.uid)
    if (memory === undefined) return
    const pod = this.#podOf(memory)
    if (action.do === 'stop') this.#stop(memory, action)
    else if (action.do === 'remove') await this.#remove(memory)
    else if (pod === null) return
    else if (action.do === 'prepare') await this.#prepare(memory, pod)
    else if (action.do === 'start') this.#start(memory, pod, action)
    else void this.#probe(memory, pod, action)
  }

  /** How a command of `exec` is run in a container: its program's path on the host. */
  execArgv(pod: Pod, container: string, argv: readonly string[]): readonly string[] {
    const memory = this.#memories.get(pod.metadata.uid ?? '')
    const found = containersOf(pod).find(({ name }) => name === container)
    if (memory === undefined || found === undefined) return argv
    const image = this.#options.images(found.image)
    if ('cannot' in image) return argv
    const launch = this.#launch(memory, pod, found, image)
    return isLacking(launch) ? argv : hostArgv(argv, (launch as Launch).mounts, image)
  }

  /** The id of the container's present or last life; `previous`: of the one before. Null: there is none. */
  lifeOf(pod: Pod, container: string, previous = false): LifeFacts | null {
    const lives = this.#memories.get(pod.metadata.uid ?? '')?.of(container).lives ?? []
    return lives[previous ? 1 : 0] ?? null
  }

  podIpOf(pod: Pod): string | null {
    return this.#memories.get(pod.metadata.uid ?? '')?.podIp ?? null
  }

  /** Waits until what runs is known, so that nothing is started twice. */
  #adopt(): Promise<void> {
    this.#adopting ??= this.#options.runtime.recorded().then((found) => {
      for (const running of found) {
        const { uid, namespace, pod, container, imageId } = running.labels as unknown as LifeLabels
        let memory = this.#memories.get(uid)
        if (memory === undefined) {
          memory = new PodMemory(uid, `${namespace}/${pod}`, this.#options.clock.wallMs())
          this.#memories.set(uid, memory)
        }
        memory.isAdopted = true
        memory.change(container, { imageId })
        this.#forget(memory.begin(container, lifeOf(running)))
      }
      for (const { key } of this.#memories.values()) this.#wake(key)
    })
    return this.#adopting
  }

  async #facts(memory: PodMemory, pod: Pod | null): Promise<PodFacts> {
    const { uid, podIp, mountProblem, seenMs, containers } = memory
    const isPrepared = pod !== null && this.#isPrepared(memory, pod)
    const { hostIp } = this.#options
    return { uid, pod, isWaitingFor: null, hostIp, podIp, isPrepared, mountProblem, seenMs, containers }
  }

  #podOf(memory: PodMemory): Pod | null {
    const [namespace = '', name = ''] = memory.key.split('/')
    const pod = this.#view?.get(pods, { namespace, name })
    return pod?.metadata.uid === memory.uid ? pod : null
  }

  #world(memory: PodMemory, pod: Pod): VolumeWorld {
    const view = this.#view!
    const namespace = pod.metadata.namespace ?? null
    const { hostIp, nodeName, capacity } = this.#options
    return {
      configMap: (name) => view.get(configMaps, { namespace, name }),
      secret: (name) => view.get(secrets, { namespace, name }),
      claim: (name) => view.get(claims, { namespace, name }),
      volume: (name) => view.get(volumes, { namespace: null, name }),
      token: (key) => memory.tokens.get(key),
      placed: { hostIp, podIp: memory.podIp ?? '', nodeName, capacity },
    }
  }

  /** The volumes as they should be; a sentence when one cannot be made. */
  #volumes(memory: PodMemory, pod: Pod): readonly (readonly [string, VolumePlan])[] | string {
    const world = this.#world(memory, pod)
    const plans: [string, VolumePlan][] = []
    for (const volume of pod.spec.volumes ?? []) {
      const plan = planVolume(pod, volume, `${this.#directoryOf(memory.uid)}/volumes`, world)
      if (isLacking(plan)) return plan.lacks
      plans.push([volume.name, plan as VolumePlan])
    }
    return plans
  }

  #isPrepared(memory: PodMemory, pod: Pod): boolean {
    if (memory.prepared === null) return false
    const plans = this.#volumes(memory, pod)
    // what a running pod once had stays, though its source is gone
    return typeof plans === 'string' || fingerprint(plans) === memory.prepared
  }

  async #prepare(memory: PodMemory, pod: Pod): Promise<void> {
    try {
      memory.podIp ??= await this.#options.addresses.take(`pod/${memory.uid}`)
      await this.#makeTokens(memory, pod)
      memory.mountProblem = await this.#mount(memory, pod)
    } catch (thrown) {
      // a full disk, no address left: told in an event, and tried again
      memory.mountProblem = (thrown as Failure).message
    }
    this.#wake(memory.key)
  }

  /** Null: all is there; otherwise what is not. */
  async #mount(memory: PodMemory, pod: Pod): Promise<string | null> {
    const { files } = this.#options
    const plans = this.#volumes(memory, pod)
    if (typeof plans === 'string') return plans
    if (memory.prepared === null) await files.directory(`${this.#directoryOf(memory.uid)}/root`)
    for (const [, plan] of plans) {
      if (plan.kind === 'directory') await files.directory(plan.path)
      else if (plan.kind === 'files') await files.project(plan.path, plan.files)
    }
    memory.volumePaths = new Map(plans.map(([name, { path }]) => [name, path]))
    memory.prepared = fingerprint(plans)
    return null
  }

  async #makeTokens(memory: PodMemory, pod: Pod): Promise<void> {
    const { token } = this.#options
    if (token === undefined) return
    for (const source of (pod.spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? [])) {
      if (source.serviceAccountToken === undefined) continue
      const { audience, expirationSeconds } = source.serviceAccountToken
      const key = tokenKey(audience, expirationSeconds)
      if (!memory.tokens.has(key)) memory.tokens.set(key, await token(pod, audience, expirationSeconds))
    }
  }

  #launch(memory: PodMemory, pod: Pod, container: Container, image: Image): ReturnType<typeof launchOf> {
    const directory = this.#directoryOf(memory.uid)
    return launchOf(pod, container, image, {
      ...this.#world(memory, pod),
      volumePaths: memory.volumePaths,
      podFile: `${directory}/containers/${container.name}.json`,
      scratch: `${directory}/root`,
      path: this.#options.path,
    })
  }

  /** Goes on by itself: a start must not hold up the passes of others. */
  #start(memory: PodMemory, pod: Pod, ask: { container: string; attempt: number; hurried: number }): void {
    const container = containersOf(pod).find(({ name }) => name === ask.container)
    if (container === undefined || memory.of(ask.container).isStarting) return
    const image = this.#options.images(container.image)
    if ('cannot' in image) return this.#cannotPull(memory, pod, container, image.cannot)
    const launch = this.#launch(memory, pod, container, image)
    if (isLacking(launch)) {
      const message = (launch as { readonly lacks: string }).lacks
      this.#note(pod, container.name, 'Warning', 'Failed', `Error: ${message}`)
      return this.#cannotStart(memory, container, 'CreateContainerConfigError', message)
    }
    memory.change(container.name, { isStarting: true, imageId: image.id })
    if (ask.attempt === 0) {
      for (const what of notDone(pod, container)) this.#note(pod, container.name, 'Warning', 'NotEnforced', what)
    }
    this.#note(
      pod,
      container.name,
      'Normal',
      'Pulled',
      `Container image "${container.image}" already present on machine`,
    )
    void this.#run(memory, pod, container, launch as Launch, ask)
  }

  async #run(
    memory: PodMemory,
    pod: Pod,
    container: Container,
    launch: Launch,
    { attempt, hurried }: { attempt: number; hurried: number },
  ): Promise<void> {
    const { runtime, clock } = this.#options
    const { namespace = '', name } = pod.metadata
    const labels: LifeLabels = {
      ...{ uid: memory.uid, namespace, pod: name, container: container.name },
      ...{ attempt: `${attempt}`, hurried: `${hurried}`, imageId: memory.of(container.name).imageId },
    }
    const id = this.#newId()
    let life: LifeFacts
    try {
      await this.#writeTable(memory, pod, container, launch)
      const { argv, workdir, env, inProcess } = launch
      const stdin = container.stdin !== true ? 'none' : container.stdinOnce === true ? 'once' : 'open'
      const running = await runtime.start({
        ...{
          id,
          labels: { ...this.#options.labels?.(pod), ...labels },
          argv,
          workdir,
          env,
          stdin,
          tty: container.tty === true,
        },
        ...(inProcess === null ? {} : { inProcess }),
      })
      life = lifeOf(running)
      this.#note(pod, container.name, 'Normal', 'Created', `Created container: ${container.name}`)
      this.#note(pod, container.name, 'Normal', 'Started', `Started container ${container.name}`)
    } catch (thrown) {
      const message = `failed to create containerd task: ${(thrown as Failure).message}`
      this.#note(pod, container.name, 'Warning', 'Failed', `Error: ${message}`)
      const atMs = clock.wallMs()
      const exit = { code: notStarted, oom: false, atMs, reason: 'StartError', message }
      life = { id, attempt, hurried, startedAtMs: atMs, exit, stopping: null, probes: {} }
    }
    memory.change(container.name, { isStarting: false, problem: null })
    this.#forget(memory.begin(container.name, life))
    this.#wake(memory.key)
  }

  #writeTable(memory: PodMemory, pod: Pod, container: Container, { mounts }: Launch): Promise<void> {
    const { addresses, namesFile, images } = this.#options
    const image = images(container.image)
    const layout = 'cannot' in image ? {} : image.layout
    const table: PodTable = {
      // what is mounted hides what the image has there
      mounts: { ...layout, ...mounts },
      podIp: memory.podIp ?? '',
      hostname: hostnameOf(pod),
      namespace: pod.metadata.namespace ?? '',
      names: namesFile,
      mode: addresses.mode,
    }
    const path = `${this.#directoryOf(memory.uid)}/containers/${container.name}.json`
    return this.#options.files.write(path, new TextEncoder().encode(JSON.stringify(table)), tokenFileMode)
  }

  #cannotPull(memory: PodMemory, pod: Pod, container: Container, why: string): void {
    const { image, name } = container
    const had = memory.of(name).problem
    if (had === null) {
      this.#note(pod, name, 'Normal', 'Pulling', `Pulling image "${image}"`)
      this.#note(pod, name, 'Warning', 'Failed', `Failed to pull image "${image}": ${why}`)
      this.#note(pod, name, 'Warning', 'Failed', 'Error: ErrImagePull')
      return this.#cannotStart(memory, container, 'ErrImagePull', why)
    }
    this.#note(pod, name, 'Normal', 'BackOff', `Back-off pulling image "${image}"`)
    this.#note(pod, name, 'Warning', 'Failed', 'Error: ImagePullBackOff')
    this.#cannotStart(memory, container, 'ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${why}`)
  }

  #cannotStart(memory: PodMemory, { name }: Container, reason: string, message: string): void {
    memory.change(name, { problem: { reason, message, sinceMs: this.#options.clock.wallMs() } })
    this.#wake(memory.key)
  }

  #stop(memory: PodMemory, ask: { container: string; life: string; signal: 'TERM' | 'KILL'; graceMs: number }): void {
    const life = memory.life(ask.container, ask.life)
    if (life === undefined) return
    const atMs = life.stopping?.atMs ?? this.#options.clock.wallMs()
    const stopping = { atMs, graceMs: ask.graceMs, isKilled: ask.signal === 'KILL' || ask.graceMs === 0 }
    memory.changeLife(ask.container, ask.life, { stopping })
    this.#options.runtime.signal(ask.life, stopping.isKilled ? 'KILL' : 'TERM')
  }

  async #probe(
    memory: PodMemory,
    pod: Pod,
    { container: name, life: id, probe: kind }: { container: string; life: string; probe: ProbeKind },
  ): Promise<void> {
    const container = containersOf(pod).find((one) => one.name === name)
    const probe = container === undefined ? undefined : probeOf(container, kind)
    const life = memory.life(name, id)
    if (container === undefined || probe === undefined || life === undefined) return
    const facts = life.probes[kind] ?? noProbe
    if (facts.isAsking) return
    memory.changeLife(name, id, { probes: { ...life.probes, [kind]: { ...facts, isAsking: true } } })
    const why = await askProbe(probe, {
      container,
      podIp: memory.podIp ?? '',
      prober: this.#options.prober,
      exec: (argv, output) =>
        this.#options.runtime.exec(id, { argv: this.execArgv(pod, name, argv), stdin: false, tty: null }, output),
      clock: this.#options.clock,
    })
    const now = memory.life(name, id)
    if (now === undefined || now.exit !== null) return
    const nowMs = this.#options.clock.wallMs()
    const result = answered(probe, now.probes[kind] ?? noProbe, why === null, now.startedAtMs, nowMs)
    memory.changeLife(name, id, { probes: { ...now.probes, [kind]: result.facts } })
    if (result.counts && why !== null) {
      const title = `${kind[0]!.toUpperCase()}${kind.slice(1)} probe failed: ${why}`
      this.#note(pod, name, 'Warning', 'Unhealthy', title)
    }
    this.#wake(memory.key)
  }

  #ended(id: string, exit: ContainerExit): void {
    for (const memory of this.#memories.values()) {
      for (const [container, { lives }] of memory.containers) {
        if (!lives.some((life) => life.id === id)) continue
        memory.changeLife(container, id, { exit })
        this.#wake(memory.key)
        return
      }
    }
  }

  async #remove(memory: PodMemory): Promise<void> {
    for (const { lives } of memory.containers.values()) {
      for (const { id } of lives) await this.#options.runtime.forget(id)
    }
    await this.#options.files.remove(this.#directoryOf(memory.uid))
    this.#options.addresses.give(`pod/${memory.uid}`)
    this.#memories.delete(memory.uid)
    this.#wake(memory.key)
  }

  #forget(lives: readonly LifeFacts[]): void {
    for (const { id } of lives) void this.#options.runtime.forget(id)
  }

  #note(pod: Pod, container: string, type: 'Normal' | 'Warning', reason: string, note: string): void {
    this.#options.events({ about: pod, type, reason, note, fieldPath: fieldPathOf(pod, container) })
  }

  #directoryOf(uid: string): string {
    return `${this.#options.directory}/${uid}`
  }

  #newId(): string {
    const bytes = this.#options.random.bytes(new Uint8Array(32))
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
}

/** Takes over what the API says of probes, so that the coming of a kubelet makes nobody unready. */
function believe(memory: PodMemory, pod: Pod): void {
  memory.isAdopted = false
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  for (const { name, containerID, ready, started } of [...containerStatuses, ...initContainerStatuses]) {
    const life = memory.of(name).lives[0]
    if (life === undefined || life.exit !== null || containerID !== `${idPrefix}${life.id}`) continue
    const passed = { ...noProbe, successes: 1, passes: true, hasPassed: true }
    const probes = {
      ...(started ? { startup: passed, liveness: passed } : {}),
      ...(ready ? { readiness: passed } : {}),
    }
    memory.changeLife(name, life.id, { probes })
  }
}

export const containersOf = ({ spec }: Pod): readonly Container[] => [
  ...spec.containers,
  ...(spec.initContainers ?? []),
]

/** Of what the volumes are made: another one means that something has changed. */
function fingerprint(plans: readonly (readonly [string, VolumePlan])[]): string {
  let text = ''
  for (const [name, plan] of plans) {
    text += `${name} ${plan.kind} ${plan.path}\n`
    if (plan.kind !== 'files') continue
    for (const { path, bytes, mode } of plan.files) text += `${path} ${mode} ${bytes.byteLength} ${hash(bytes)}\n`
  }
  return text
}

/** FNV-1a, twice with other starts: chance alone must not hide a change. */
function hash(bytes: Uint8Array): string {
  let a = 0x811c9dc5
  let b = 0x01000193
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ byte, 0x85ebca6b) + 0x9e3779b9
  }
  return `${a >>> 0}.${b >>> 0}`
}
