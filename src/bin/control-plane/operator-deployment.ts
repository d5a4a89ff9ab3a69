/** The operator that Millrace brings: a Deployment like Strimzi's, whose container is a part of this process. */
import type { KindRef, Obj } from '../../kube-client/index.ts'
import { systemNamespace } from './machine.ts'

const deployments: KindRef = {
  ...{ group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments', namespaced: true },
}
const accounts: KindRef = {
  ...{ group: '', version: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts', namespaced: true },
}

const name = 'strimzi-cluster-operator'
const labels = { name, 'strimzi.io/kind': 'cluster-operator' }

export const operatorDeployment = (): readonly (readonly [KindRef, Obj])[] => [
  [accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: systemNamespace } }],
  [
    deployments,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: systemNamespace, labels: { app: 'strimzi' } },
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            containers: [
              {
                name,
                image: 'quay.io/strimzi/operator:1.2.0',
                args: ['/opt/strimzi/bin/cluster_operator_run.sh'],
                ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
                env: [
                  { name: 'STRIMZI_NAMESPACE', value: '*' },
                  {
                    name: 'STRIMZI_OPERATOR_NAMESPACE',
                    valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
                  },
                  { name: 'STRIMZI_OPERATOR_NAME', value: name },
                ],
                livenessProbe: { httpGet: { path: '/healthy', port: 'http' } },
                readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
              },
            ],
          },
        },
      },
    },
  ],
]
