import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-replica-verification')
