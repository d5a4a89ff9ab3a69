import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-features', {
  differs: { 'refuses to describe from an unknown broker': 'it says at once that there is none' },
  // the offset of the last metadata record, which depends on the time that went by
  level: (text) => text.replaceAll(/Epoch: \d+/g, 'Epoch: 1'),
})
