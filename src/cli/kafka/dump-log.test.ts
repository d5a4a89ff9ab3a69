import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-dump-log', {
  // of a missing value Java says which of its own calls failed
  level: (text) => text.replaceAll(/(?<=skipping\. )(Cannot invoke .*|The record has no value)\n/g, 'no value\n'),
})

holdGolden('kafka-dump-log-more', {
  differs: { 'decodes integers': 'it says which bytes are too few' },
})
