import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('cluster')
