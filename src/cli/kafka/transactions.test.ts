import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-transactions', {
  // columns are as wide as their numbers
  level: (text) => text.replaceAll(/ +\t/g, '\t'),
})
