import { options, run, type Scenario } from '../scenario.ts'

export const scenario: Scenario = {
  name: 'kafka-broker-api-versions',
  steps: [
    options('kafka-broker-api-versions.sh'),
    run('prints the APIs of each broker', 'kafka-broker-api-versions.sh --bootstrap-server $B'),
    run('wants a bootstrap server', 'kafka-broker-api-versions.sh'),
    run('refuses an unknown option', 'kafka-broker-api-versions.sh --bootstrap-server $B --no-such-option'),
    run('refuses an address without a port', 'kafka-broker-api-versions.sh --bootstrap-server localhost'),
    run('gives up when nobody listens', 'kafka-broker-api-versions.sh --bootstrap-server localhost:1', {
      interrupt: { after: /Bootstrap broker|disconnected|could not be established/, signal: 'SIGTERM' },
    }),
    run('prints its version', 'kafka-broker-api-versions.sh --version'),
  ],
}
