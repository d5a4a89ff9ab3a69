import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-producer-perf-test')
