import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-e2e-latency', {
  // a latency may happen to have few decimals
  level: (text) => text.replaceAll(/^9\t9\.9+…?$/gm, '9\t9.9…'),
})
