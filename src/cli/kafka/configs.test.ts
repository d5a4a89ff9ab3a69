import { holdGolden } from '../../../test/cli-golden/hold.ts'

const loggers = 'a broker of ours has one logger, the root: there are none by the names of Java classes'

holdGolden('kafka-configs', {
  leavesOut: {
    'refuses the old --zookeeper': 'it does what was meant, and says how that is said now',
  },
  differs: { 'alters a broker logger': loggers, 'refuses an unknown level': loggers },
  // keys of our own stand among Kafka's
  level: (text) => text.replaceAll(/^ {2}millrace\..*\n/gm, ''),
})
