import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-verifiable-producer', {
  differs: { 'refuses the old --broker-list': 'it does what was meant, and says how that is said now' },
  level: (text, title) => {
    // a rate may happen to have few decimals
    const told = text.replaceAll(/(?<="avg_throughput":)9\.9+…?/g, '9.9…')
    // how many are sent until the signal comes
    return title === 'ends on a termination' ? told.replaceAll(/(.*producer_send_success.*\n)\1*/g, '$1') : told
  },
})
