/** ObjectMeta, which every object has. */
import type { Node } from './node.ts'

const text: Node = { type: 'string' }
const texts: Node = { type: 'object', values: text }
const time: Node = { type: 'string', format: 'date-time', nullable: true }

const ownerReference: Node = {
  type: 'object',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  merge: { atomic: true },
  fields: new Map<string, Node>([
    ['apiVersion', text],
    ['kind', text],
    ['name', text],
    ['uid', text],
    ['controller', { type: 'boolean' }],
    ['blockOwnerDeletion', { type: 'boolean' }],
  ]),
}

const managedFieldsEntry: Node = {
  type: 'object',
  fields: new Map<string, Node>([
    ['manager', text],
    ['operation', text],
    ['apiVersion', text],
    ['time', time],
    ['fieldsType', text],
    ['fieldsV1', { type: 'object', preserve: true }],
    ['subresource', text],
  ]),
}

export const objectMeta: Node = {
  type: 'object',
  go: { name: 'ObjectMeta', ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
  fields: new Map<string, Node>([
    ['name', text],
    ['generateName', text],
    ['namespace', text],
    ['selfLink', text],
    ['uid', text],
    ['resourceVersion', text],
    ['generation', { type: 'integer', format: 'int64' }],
    ['creationTimestamp', time],
    ['deletionTimestamp', time],
    ['deletionGracePeriodSeconds', { type: 'integer', format: 'int64' }],
    ['labels', texts],
    ['annotations', texts],
    [
      'ownerReferences',
      { type: 'array', items: ownerReference, merge: { list: 'map', keys: ['uid'], patchKey: 'uid' } },
    ],
    ['finalizers', { type: 'array', items: text, merge: { list: 'set', patchKey: '' } }],
    ['managedFields', { type: 'array', items: managedFieldsEntry, merge: { list: 'atomic' } }],
  ]),
}

export const textNode: Node = text
