import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Where everything of one control plane lives: `MILLRACE_HOME`, ~/.millrace by default.
 *
 *     kubeconfig            for kubectl, 0600
 *     images.json           images that a person adds, see docs/pods.md
 *     control-plane.json    who runs it now, and where it listens
 *     control-plane.log     what it says when nobody watches
 *     addresses.json        which loopback addresses are whose
 *     names.json            what names of services and pods mean
 *     kube/                 the objects: log and snapshots
 *     pki/                  the API server's authority, its certificate, the administrator's
 *     containers/           records, output and exit codes of processes
 *     pods/                 what pods have mounted
 *     volumes/              what claims have bound
 */
export interface Home {
  readonly path: string
  readonly kubeconfig: string
  readonly state: string
  readonly log: string
  readonly addresses: string
  readonly names: string
  readonly kube: string
  readonly pki: string
  readonly containers: string
  readonly pods: string
  readonly volumes: string
}

export function homeOf(env: Readonly<Record<string, string | undefined>>): Home {
  const path = resolve(env['MILLRACE_HOME'] || join(homedir(), '.millrace'))
  const at = (name: string): string => join(path, name)
  return {
    path,
    kubeconfig: at('kubeconfig'),
    state: at('control-plane.json'),
    log: at('control-plane.log'),
    addresses: at('addresses.json'),
    names: at('names.json'),
    kube: at('kube'),
    pki: at('pki'),
    containers: at('containers'),
    pods: at('pods'),
    volumes: at('volumes'),
  }
}

export function makeHome(home: Home): void {
  for (const path of [home.path, home.kube, home.pki, home.containers, home.pods, home.volumes]) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }
}
