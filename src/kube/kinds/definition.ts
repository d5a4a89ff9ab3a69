/** What is wrong with a CustomResourceDefinition. */
import type { Obj } from '../../kube-client/index.ts'
import type { FieldError, JsonObject } from '../kind.ts'
import type { Cel } from '../schema/cel.ts'
import { compileSchema } from '../schema/custom.ts'
import { duplicate, forbidden, invalid, notSupported, required } from '../schema/errors.ts'
import { isRecord, sameJson } from '../schema/node.ts'
import { dns1035Errors, dnsSubdomainErrors, each } from './names.ts'
import { type Fields, listOf, recordOf, textOf } from './read.ts'

export function definitionErrors(next: Obj, prev: Obj | null, cel: Cel | null): FieldError[] {
  const spec = recordOf(next['spec'])
  const names = recordOf(spec['names'])
  const errors = nameErrors(next, spec, names)
  const versions = listOf(spec['versions']).map(recordOf)
  if (versions.length === 0)
    errors.push(required('spec.versions', 'must have exactly one version marked as storage version'))
  const storage = versions.filter((version) => version['storage'] === true)
  if (storage.length !== 1) {
    errors.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'))
  }
  const seen = new Set<string>()
  for (const [index, version] of versions.entries()) {
    const at = `spec.versions[${index}]`
    // As the API server names it, which moves the schema of a single version.
    const schemaAt = versions.length === 1 ? 'spec.validation.openAPIV3Schema' : `${at}.schema.openAPIV3Schema`
    errors.push(...versionErrors(version, { at, schemaAt, index }, seen, cel, prev))
  }
  errors.push(...conversionErrors(recordOf(spec['conversion'])))
  if (prev !== null) errors.push(...updateErrors(next, prev))
  return errors
}

function nameErrors({ metadata }: Obj, spec: Fields, names: Fields): FieldError[] {
  const errors: FieldError[] = []
  const group = textOf(spec['group'])
  const plural = textOf(names['plural'])
  if (group === '') errors.push(required('spec.group'))
  else {
    errors.push(...each('spec.group', group, dnsSubdomainErrors(group)))
    if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'))
  }
  if (plural !== '' && group !== '' && metadata.name !== `${plural}.${group}`) {
    errors.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'))
  }
  errors.push(...scopeErrors(textOf(spec['scope'])))
  for (const key of ['plural', 'singular', 'kind', 'listKind'] as const) {
    const value = textOf(names[key])
    const at = `spec.names.${key}`
    if (value === '') errors.push(required(at))
    else errors.push(...each(at, value, dns1035Errors(value.toLowerCase())))
  }
  if (textOf(names['kind']) !== '' && names['kind'] === names['listKind']) {
    errors.push(invalid('spec.names.listKind', names['listKind'], 'kind and listKind may not be the same'))
  }
  for (const [index, name] of listOf(names['shortNames']).map(textOf).entries()) {
    errors.push(...each(`spec.names.shortNames[${index}]`, name, dns1035Errors(name)))
  }
  return errors
}

function scopeErrors(scope: string): FieldError[] {
  if (scope === '') return [required('spec.scope')]
  return scope === 'Cluster' || scope === 'Namespaced'
    ? []
    : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])]
}

function versionErrors(
  version: Fields,
  { at, schemaAt, index }: { readonly at: string; readonly schemaAt: string; readonly index: number },
  seen: Set<string>,
  cel: Cel | null,
  prev: Obj | null,
): FieldError[] {
  const errors: FieldError[] = []
  const name = textOf(version['name'])
  if (seen.has(name)) errors.push(duplicate(`${at}.name`, name))
  seen.add(name)
  errors.push(...each(`${at}.name`, name, dns1035Errors(name)))
  const openApi = recordOf(version['schema'])['openAPIV3Schema']
  if (!isRecord(openApi)) {
    errors.push(required(`${at}.schema.openAPIV3Schema`))
    return errors
  }
  const before = prev === null ? {} : recordOf(listOf(recordOf(prev['spec'])['versions'])[index])
  // What was accepted once and did not change is not compiled again.
  if (!sameJson(recordOf(before['schema'])['openAPIV3Schema'], openApi)) {
    errors.push(...compileSchema(openApi as JsonObject, cel, schemaAt).errors)
  }
  for (const [nth, column] of listOf(version['additionalPrinterColumns']).map(recordOf).entries()) {
    errors.push(...columnErrors(column, `${at}.additionalPrinterColumns[${nth}]`))
  }
  return errors
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'] as const

function columnErrors(column: Fields, at: string): FieldError[] {
  const errors: FieldError[] = []
  if (textOf(column['name']) === '') errors.push(required(`${at}.name`))
  const type = textOf(column['type'])
  if (type === '') errors.push(required(`${at}.type`, `must be one of ${columnTypes.join(',')}`))
  else if (!(columnTypes as readonly string[]).includes(type)) {
    errors.push(invalid(`${at}.type`, type, `must be one of ${columnTypes.join(',')}`))
  }
  const path = textOf(column['jsonPath'])
  if (path === '') errors.push(required(`${at}.jsonPath`))
  else if (!path.startsWith('.'))
    errors.push(invalid(`${at}.jsonPath`, path, 'must be a simple json path starting with .'))
  return errors
}

function conversionErrors(conversion: Fields): FieldError[] {
  const strategy = textOf(conversion['strategy'])
  if (strategy !== 'None' && strategy !== 'Webhook') {
    return [notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook'])]
  }
  const webhook = conversion['webhook']
  if (strategy === 'None' && webhook !== undefined) {
    return [forbidden('spec.conversion.webhook', 'should not be set when strategy is not set to Webhook')]
  }
  if (strategy === 'Webhook' && webhook === undefined) {
    return [required('spec.conversion.webhook.clientConfig', 'required when strategy is set to Webhook')]
  }
  return []
}

function updateErrors(next: Obj, prev: Obj): FieldError[] {
  const errors: FieldError[] = []
  const [is, was] = [recordOf(next['spec']), recordOf(prev['spec'])]
  const fixed = (field: string, value: unknown, before: unknown): void => {
    if (!sameJson(value, before)) errors.push(invalid(field, value, 'field is immutable'))
  }
  fixed('spec.group', is['group'], was['group'])
  fixed('spec.scope', is['scope'], was['scope'])
  fixed('spec.names.plural', recordOf(is['names'])['plural'], recordOf(was['names'])['plural'])
  fixed('spec.names.kind', recordOf(is['names'])['kind'], recordOf(was['names'])['kind'])
  const names = new Set(listOf(is['versions']).map((version) => textOf(recordOf(version)['name'])))
  for (const stored of listOf(recordOf(next['status'])['storedVersions']).map(textOf)) {
    if (names.has(stored)) continue
    const detail = 'must appear in spec.versions'
    errors.push(invalid(`status.storedVersions[0]`, stored, detail))
  }
  return errors
}
