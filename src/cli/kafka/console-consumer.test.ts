import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-console-consumer', {
  leavesOut: { 'refuses the old --zookeeper': 'it does what was meant, and says how that is said now' },
  differs: { 'accepts an old formatter name': 'it prints the records, and says what the name is now' },
})
