import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pass } from '../kube-client/index.ts'
import {
  type ContainerFacts,
  emptyContainer,
  type KubeletAction,
  type LifeFacts,
  noProbe,
  type PodFacts,
} from './facts.ts'
import { planPod } from './plan.ts'
import type { Container, Pod, PodSpec, PodStatus } from './pod-types.ts'
import { answered } from './probing.ts'

const start = 1_700_000_000_000

function pod(spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}, status?: PodStatus): Pod {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name: 'p', namespace: 'ns', uid: 'u', ...metadata },
    spec: { containers: [{ name: 'main', image: 'i' }], ...spec },
    ...(status === undefined ? {} : { status }),
  }
}

function facts(
  of: Pod | null,
  containers: Record<string, Partial<ContainerFacts>> = {},
  more: Partial<PodFacts> = {},
): PodFacts {
  return {
    ...{ uid: 'u', pod: of, isWaitingFor: null, hostIp: '127.1.0.1', podIp: '127.1.0.2' },
    ...{ isPrepared: true, mountProblem: null, seenMs: start },
    containers: new Map(Object.entries(containers).map(([name, known]) => [name, { ...emptyContainer, ...known }])),
    ...more,
  }
}

const life = (more: Partial<LifeFacts> = {}): LifeFacts => ({
  ...{ id: 'l0', attempt: 0, hurried: 0, startedAtMs: start, exit: null, stopping: null, probes: {} },
  ...more,
})

const exit = (code: number, atMs = start + 1000) => ({ code, oom: false, atMs })

/** All but what is written to the API. */
const doing = (pass: Pass<KubeletAction>) =>
  pass.actions.flatMap((action) => {
    if (action.do === 'kube') return action.action.do === 'delete' ? ['delete'] : []
    return [
      [
        action.do,
        ...('container' in action ? [action.container] : []),
        ...('signal' in action ? [action.signal] : []),
      ].join(' '),
    ]
  })

function statusIn(pass: Pass<KubeletAction>): PodStatus {
  for (const action of pass.actions) {
    if (action.do === 'kube' && action.action.do === 'merge') return action.action.patch['status'] as PodStatus
  }
  throw new Error('no status was written')
}

const conditions = ({ conditions = [] }: PodStatus) =>
  Object.fromEntries(
    conditions.map(({ type, status, reason }) => [type, reason === undefined ? status : `${status} ${reason}`]),
  )

test('a new pod is prepared, then its containers start', () => {
  const first = planPod(facts(pod(), {}, { isPrepared: false, podIp: null }), start)
  assert.deepEqual(doing(first), ['prepare'])
  const status = statusIn(first)
  assert.equal(status.phase, 'Pending')
  assert.deepEqual(status.containerStatuses?.[0]?.state, { waiting: { reason: 'ContainerCreating' } })
  assert.deepEqual(doing(planPod(facts(pod()), start)), ['start main'])
  assert.deepEqual(doing(planPod(facts(pod(), { main: { isStarting: true } }), start)), [])
})

test('what cannot be mounted is told in an event and tried again', () => {
  const mountProblem = 'MountVolume.SetUp failed for volume "v" : configmap "c" not found'
  const pass = planPod(facts(pod(), {}, { isPrepared: false, mountProblem }), start)
  assert.deepEqual(
    pass.events?.map(({ reason, note }) => `${reason}: ${note}`),
    [`FailedMount: ${mountProblem}`],
  )
  assert.ok((pass.wakeInMs ?? 0) > 0)
})

test('a running container without probes is ready', () => {
  const status = statusIn(planPod(facts(pod(), { main: { lives: [life()], imageId: 'id' } }), start))
  assert.equal(status.phase, 'Running')
  assert.equal(status.podIP, '127.1.0.2')
  assert.deepEqual(conditions(status), {
    ...{ PodReadyToStartContainers: 'True', Initialized: 'True', Ready: 'True' },
    ...{ ContainersReady: 'True', PodScheduled: 'True' },
  })
  assert.deepEqual(status.containerStatuses, [
    {
      ...{ name: 'main', image: 'i', imageID: 'id', containerID: 'millrace://l0', ready: true, started: true },
      ...{ restartCount: 0, state: { running: { startedAt: '2023-11-14T22:13:20Z' } }, lastState: {} },
    },
  ])
})

test('a status that says nothing new is not written', () => {
  const written = statusIn(planPod(facts(pod(), { main: { lives: [life()] } }), start))
  const again = planPod(facts(pod({}, {}, written), { main: { lives: [life()] } }), start + 5000)
  assert.deepEqual(again.actions, [])
})

test('init containers run one after the other, then the others', () => {
  const two = pod({
    initContainers: [
      { name: 'a', image: 'i' },
      { name: 'b', image: 'i' },
    ],
  })
  const first = planPod(facts(two), start)
  assert.deepEqual(doing(first), ['start a'])
  assert.deepEqual(statusIn(first).containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } })
  assert.equal(conditions(statusIn(first))['Initialized'], 'False ContainersNotInitialized')
  const done = { lives: [life({ exit: exit(0) })] }
  assert.deepEqual(doing(planPod(facts(two, { a: done }), start)), ['start b'])
  assert.deepEqual(doing(planPod(facts(two, { a: done, b: { lives: [life()] } }), start)), [])
  const last = planPod(facts(two, { a: done, b: done }), start)
  assert.deepEqual(doing(last), ['start main'])
  assert.equal(conditions(statusIn(last))['Initialized'], 'True')
})

test('an init container that fails ends a pod that never restarts', () => {
  const never = pod({ restartPolicy: 'Never', initContainers: [{ name: 'a', image: 'i' }] })
  const pass = planPod(facts(never, { a: { lives: [life({ exit: exit(3) })] } }), start)
  assert.deepEqual(doing(pass), [])
  assert.equal(statusIn(pass).phase, 'Failed')
})

test('restart policies decide about the next life', () => {
  const after = (restartPolicy: NonNullable<PodSpec['restartPolicy']>, code: number) =>
    planPod(facts(pod({ restartPolicy }), { main: { lives: [life({ exit: exit(code) })] } }), start + 1000)
  assert.deepEqual(doing(after('Always', 0)), ['start main'])
  assert.deepEqual(doing(after('OnFailure', 1)), ['start main'])
  assert.deepEqual(doing(after('OnFailure', 0)), [])
  assert.equal(statusIn(after('OnFailure', 0)).phase, 'Succeeded')
  assert.equal(statusIn(after('Never', 1)).phase, 'Failed')
  const terminated = statusIn(after('Never', 1)).containerStatuses?.[0]?.state.terminated
  assert.deepEqual([terminated?.exitCode, terminated?.reason], [1, 'Error'])
})

test('a container that keeps ending waits longer each time', () => {
  const waits = [0, 1, 2, 3, 8].map((hurried) => {
    const lives = [life({ hurried, attempt: hurried, exit: exit(1) })]
    const pass = planPod(facts(pod(), { main: { lives } }), start + 1000)
    return doing(pass).length === 0 ? pass.wakeInMs : 0
  })
  assert.deepEqual(waits, [0, 10_000, 20_000, 40_000, 300_000])
  const lives = [life({ hurried: 1, attempt: 1, exit: exit(1) }), life()]
  const pass = planPod(facts(pod(), { main: { lives } }), start + 1000)
  const { state, lastState, restartCount } = statusIn(pass).containerStatuses![0]!
  assert.deepEqual(state.waiting, {
    reason: 'CrashLoopBackOff',
    message: 'back-off 10s restarting failed container=main pod=p_ns(u)',
  })
  assert.equal(lastState.terminated?.exitCode, 1)
  assert.equal(restartCount, 1)
  assert.equal(pass.events?.[0]?.reason, 'BackOff')
  const calm = [life({ hurried: 5, exit: exit(1, start + 700_000) })]
  assert.deepEqual(doing(planPod(facts(pod(), { main: { lives: calm } }), start + 700_000)), ['start main'])
})

test('an image that cannot be had is told and asked for again later', () => {
  const problem = { reason: 'ErrImagePull', message: 'no', sinceMs: start }
  const pass = planPod(facts(pod(), { main: { problem } }), start)
  assert.deepEqual(doing(pass), [])
  assert.deepEqual(statusIn(pass).containerStatuses?.[0]?.state.waiting, { reason: 'ErrImagePull', message: 'no' })
  assert.deepEqual(doing(planPod(facts(pod(), { main: { problem } }), start + 10_000)), ['start main'])
})

test('a deleted pod has its grace, then is killed, then removed and deleted', () => {
  const deleted = pod({}, { deletionTimestamp: 'now', deletionGracePeriodSeconds: 5 })
  const first = planPod(facts(deleted, { main: { lives: [life()] } }), start)
  assert.deepEqual(doing(first), ['stop main TERM'])
  assert.deepEqual(
    first.events?.map(({ reason, note }) => [reason, note]),
    [['Killing', 'Stopping container main']],
  )
  const stopping = { atMs: start, graceMs: 5000, isKilled: false }
  const during = planPod(facts(deleted, { main: { lives: [life({ stopping })] } }), start + 1000)
  assert.deepEqual([doing(during), during.wakeInMs], [[], 4000])
  const late = planPod(facts(deleted, { main: { lives: [life({ stopping })] } }), start + 5000)
  assert.deepEqual(doing(late), ['stop main KILL'])
  const over = planPod(facts(deleted, { main: { lives: [life({ stopping, exit: exit(143) })] } }), start + 5000)
  assert.deepEqual(doing(over), ['remove', 'delete'])
})

test('a later delete with less grace shortens it', () => {
  const deleted = pod({}, { deletionTimestamp: 'now', deletionGracePeriodSeconds: 1 })
  const stopping = { atMs: start, graceMs: 30_000, isKilled: false }
  assert.deepEqual(doing(planPod(facts(deleted, { main: { lives: [life({ stopping })] } }), start + 1000)), [
    'stop main KILL',
  ])
})

test('a pod that nobody knows any more is stopped and removed', () => {
  assert.deepEqual(doing(planPod(facts(null, { main: { lives: [life()] } }), start)), ['stop main TERM'])
  assert.deepEqual(doing(planPod(facts(null, { main: { lives: [life({ exit: exit(0) })] } }), start)), ['remove'])
})

const probed = (probes: Partial<Container>) => pod({ containers: [{ name: 'main', image: 'i', ...probes }] })

test('readiness follows its probe; until a first success it is asked eagerly', () => {
  const ready = probed({ readinessProbe: { tcpSocket: { port: 1 }, periodSeconds: 10 } })
  const first = planPod(facts(ready, { main: { lives: [life()] } }), start)
  assert.deepEqual(doing(first), ['probe main'])
  assert.equal(conditions(statusIn(first))['Ready'], 'False ContainersNotReady')
  const failing = { readiness: { ...noProbe, lastMs: start, countedMs: start, failures: 1 } }
  assert.equal(planPod(facts(ready, { main: { lives: [life({ probes: failing })] } }), start).wakeInMs, 100)
  const passing = { readiness: { ...noProbe, lastMs: start, successes: 1, passes: true, hasPassed: true } }
  const good = planPod(facts(ready, { main: { lives: [life({ probes: passing })] } }), start)
  assert.equal(good.wakeInMs, 10_000)
  assert.equal(conditions(statusIn(good))['Ready'], 'True')
})

test('the delay that a user asks for is kept; nothing else is asked before the start-up probe has passed', () => {
  const slow = probed({
    startupProbe: { tcpSocket: { port: 1 }, initialDelaySeconds: 3 },
    livenessProbe: { tcpSocket: { port: 1 } },
  })
  const pass = planPod(facts(slow, { main: { lives: [life()] } }), start)
  assert.deepEqual([doing(pass), pass.wakeInMs], [[], 3000])
  assert.equal(statusIn(pass).containerStatuses?.[0]?.started, false)
  const startup = { ...noProbe, lastMs: start, passes: true, hasPassed: true }
  assert.deepEqual(doing(planPod(facts(slow, { main: { lives: [life({ probes: { startup } })] } }), start)), [
    'probe main',
  ])
})

test('a container that fails its liveness probe is restarted', () => {
  const live = probed({ livenessProbe: { tcpSocket: { port: 1 } } })
  const probes = { liveness: { ...noProbe, lastMs: start, failures: 3, passes: false } }
  const pass = planPod(facts(live, { main: { lives: [life({ probes })] } }), start)
  assert.deepEqual(doing(pass), ['stop main TERM'])
  assert.equal(pass.events?.[0]?.note, 'Container main failed liveness probe, will be restarted')
})

test('a sidecar starts before the others and ends after them', () => {
  const side = pod({
    restartPolicy: 'Never',
    initContainers: [{ name: 'side', image: 'i', restartPolicy: 'Always' }],
  })
  assert.deepEqual(doing(planPod(facts(side), start)), ['start side'])
  assert.deepEqual(doing(planPod(facts(side, { side: { lives: [life()] } }), start)), ['start main'])
  const over = facts(side, { side: { lives: [life()] }, main: { lives: [life({ exit: exit(0) })] } })
  assert.deepEqual(doing(planPod(over, start)), ['stop side TERM'])
})

test('a probe that is asked eagerly counts its failures as seldom as the user asks', () => {
  const probe = { tcpSocket: { port: 1 }, periodSeconds: 10 }
  let facts = noProbe
  const ask = (isSuccess: boolean, afterMs: number): boolean => {
    const result = answered(probe, facts, isSuccess, start, start + afterMs)
    facts = result.facts
    return result.counts
  }
  assert.deepEqual(
    [100, 9_900, 10_000, 10_100, 20_000, 30_000].map((ms) => ask(false, ms)),
    [false, false, true, false, true, true],
  )
  assert.equal(facts.passes, false)
  assert.equal(ask(true, 31_000), false)
  assert.deepEqual([facts.passes, facts.failures], [true, 0])
  assert.equal(ask(false, 31_100), true)
  assert.deepEqual([facts.passes, facts.failures], [true, 1])
})
