import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-consumer-perf-test', {
  differs: { 'refuses the old --broker-list': 'it does what was meant, and says how that is said now' },
  level: (text) => text.replace(/perf-consumer-\d+/, 'perf-consumer-1'),
})
