import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-delete-records', {
  differs: { 'refuses an unknown topic beside a known one': 'it says at once that there is none' },
})
