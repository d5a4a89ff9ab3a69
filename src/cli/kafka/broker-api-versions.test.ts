import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-broker-api-versions', {
  leavesOut: { 'gives up when nobody listens': 'it ends by itself instead of trying on for a minute' },
  // what is not built is not advertised
  level: (text) => text.replaceAll(/(?<=\(\d+\): )(UNSUPPORTED|.* \[usable: \d+\])/g, 'told'),
})
