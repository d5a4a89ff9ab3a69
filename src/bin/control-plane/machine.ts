/** What a cluster has before anybody asks for something: namespaces, the node, the class of local storage. */
import { arch, cpus, hostname, platform, release, totalmem } from 'node:os'
import { kubernetesVersion, localProvisioner } from '../../kube/index.ts'
import { type KindRef, type Kube, type Obj, timestampOf } from '../../kube-client/index.ts'

export const nodeName = 'millrace-node'
/** Where the operators live. */
export const systemNamespace = 'millrace-system'

const core = (kind: string, resource: string): KindRef => ({
  ...{ group: '', version: 'v1', kind, resource, namespaced: false },
})
const namespaces = core('Namespace', 'namespaces')
export const nodes = core('Node', 'nodes')
const classes: KindRef = {
  ...{ group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', resource: 'storageclasses', namespaced: false },
}

export const capacity = (): { cpu: number; memoryBytes: number } => ({
  cpu: cpus().length,
  memoryBytes: totalmem(),
})

const podsMax = 250

function nodeObject(hostIp: string, nowMs: number): Obj {
  const { cpu, memoryBytes } = capacity()
  const resources = { cpu: String(cpu), memory: `${Math.floor(memoryBytes / 1024)}Ki`, pods: String(podsMax) }
  const now = timestampOf(nowMs)
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        'kubernetes.io/hostname': nodeName,
        'kubernetes.io/os': platform(),
        'kubernetes.io/arch': arch() === 'x64' ? 'amd64' : arch(),
        'node-role.kubernetes.io/control-plane': '',
      },
    },
    spec: {},
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address: hostIp },
        { type: 'Hostname', address: hostname() },
      ],
      conditions: [
        {
          ...{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'pods are processes of this machine' },
          ...{ lastHeartbeatTime: now, lastTransitionTime: now },
        },
      ],
      nodeInfo: {
        ...{
          machineID: '',
          systemUUID: '',
          bootID: '',
          kernelVersion: release(),
          osImage: `${platform()} ${release()}`,
        },
        ...{ containerRuntimeVersion: 'millrace://0.1.0', kubeletVersion: kubernetesVersion.gitVersion },
        ...{ kubeProxyVersion: '', operatingSystem: platform(), architecture: arch() === 'x64' ? 'amd64' : arch() },
      },
    },
  }
}

const localClass: Obj = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: localProvisioner,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
  allowVolumeExpansion: true,
}

/** Makes what is not there; what a person has changed stays as it is. */
export async function makeMachine(kube: Kube, hostIp: string, nowMs: number): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', systemNamespace]) {
    await makeOnce(kube, namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }
  await makeOnce(kube, classes, localClass)
  const node = nodeObject(hostIp, nowMs)
  await makeOnce(kube, nodes, node)
  const { status } = node
  await kube.apply({
    do: 'merge',
    kind: nodes,
    ref: { namespace: null, name: nodeName },
    patch: { status },
    subresource: 'status',
  })
}

export async function makeOnce(kube: Kube, kind: KindRef, object: Obj): Promise<void> {
  const { namespace = null, name } = object.metadata
  if ((await kube.get(kind, { namespace, name })) === null) await kube.apply({ do: 'create', kind, object })
}
