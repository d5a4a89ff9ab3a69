import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-console-producer', {
  differs: { 'refuses the old --broker-list': 'it does what was meant, and says how that is said now' },
  // stands behind a line of the log
  level: (text) => text.replaceAll('org.apache.kafka.common.errors.TimeoutException\n', ''),
})
