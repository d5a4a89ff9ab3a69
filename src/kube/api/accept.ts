import { notAcceptable } from './problem.ts'

/** In which shape the caller wants the answer. */
export type Shape = 'object' | 'table' | 'partial' | 'partial-list' | 'discovery-v2' | 'discovery-v2beta1'

/** The first of the media types in `Accept` that we can give. */
export function shapeOf(accept: string | undefined): Shape {
  if (accept === undefined || accept.trim() === '') return 'object'
  for (const one of accept.split(',')) {
    const [type = '', ...parameters] = one.split(';').map((part) => part.trim())
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue
    const given = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]))
    const as = given.get('as')
    if (as === undefined) return 'object'
    const version = given.get('v')
    if (as === 'APIGroupDiscoveryList') {
      if (version === 'v2') return 'discovery-v2'
      if (version === 'v2beta1') return 'discovery-v2beta1'
      continue
    }
    if (given.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) continue
    if (as === 'Table') return 'table'
    if (as === 'PartialObjectMetadata') return 'partial'
    if (as === 'PartialObjectMetadataList') return 'partial-list'
  }
  throw notAcceptable()
}
