import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-metadata-quorum', {
  differs: { 'refuses to remove an unknown controller': 'the quorum of this version has one voter for ever' },
  // the end of the metadata log and how wide times are, which depend on the time that went by
  level: (text) =>
    text.replaceAll(/(?<=HighWatermark: +)\d+|(?<=\t)\d\d(?= +\t0 )/g, '20').replaceAll(/(?<=ms ago) +(?=\t)/g, ''),
})
