import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-producer-perf-test', {
  differs: { 'sends in transactions': 'the client has no transactions yet' },
})
