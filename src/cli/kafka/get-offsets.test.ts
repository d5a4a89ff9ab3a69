import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-get-offsets', {
  leavesOut: { 'prints those at a time': 'the records have other times' },
  differs: { 'accepts the old --broker-list': 'it does what was meant, and says how that is said now' },
})
