/** Where nodes keep their data. */
import { boolean, byDefault, integer, list, map, object, oneOf, required, string } from '../schema/types.ts'
import { byteQuantity } from './core.ts'

const volumeFields = {
  id: integer('Number of the volume, unique among those of one node; wanted in a `jbod`.', { minimum: 0 }),
  size: string('Size (`persistent-claim`): `100Gi`.'),
  class: string('StorageClass (`persistent-claim`). Absent: the default one.'),
  selector: map('Labels that the PersistentVolume must have (`persistent-claim`).', string()),
  deleteClaim: byDefault(false, boolean('Whether the claim, and the data with it, goes when the cluster goes.')),
  kraftMetadata: oneOf(
    '`shared`: the metadata log lies on this volume, too. Absent: on the one with the lowest id.',
    'shared',
  ),
  sizeLimit: string('Size at most (`ephemeral`).', { pattern: byteQuantity }),
  volumeAttributesClass: string('VolumeAttributesClass (`persistent-claim`).'),
}

const volume = object(undefined, {
  type: required(
    oneOf('`persistent-claim`: outlives the pod; `ephemeral`: goes with it.', 'ephemeral', 'persistent-claim'),
  ),
  ...volumeFields,
})

export const storage = object('Where nodes keep their data.', {
  type: required(
    oneOf(
      '`persistent-claim`: one volume that outlives the pod; `ephemeral`: goes with it; `jbod`: several volumes.',
      'ephemeral',
      'persistent-claim',
      'jbod',
    ),
  ),
  ...volumeFields,
  volumes: list('The volumes of a `jbod`.', volume),
})
