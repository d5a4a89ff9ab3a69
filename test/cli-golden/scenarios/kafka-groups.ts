import { options, run, type Scenario, setup, start, stop } from '../scenario.ts'

const g = 'kafka-groups.sh --bootstrap-server $B'
const consume = 'kafka-console-consumer.sh --bootstrap-server $B --from-beginning --topic t'

export const scenario: Scenario = {
  name: 'kafka-groups',
  config: { 'offsets.topic.num.partitions': '1' },
  steps: [
    options('kafka-groups.sh'),
    run('lists nothing on an empty cluster', `${g} --list`, { order: 'any' }),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t'),
    setup('kafka-console-producer.sh --bootstrap-server $B --topic t', 'x\n'),
    setup(`${consume} --group old --max-messages 1 --timeout-ms 30000`),
    setup(`${consume} --group modern --max-messages 1 --timeout-ms 30000 --command-property group.protocol=consumer`),
    run('lists', `${g} --list`, { order: 'any' }),
    start('live', 'a member', `${consume} --group a-live-group-with-a-long-name`, /x\n/),
    run('lists with a member', `${g} --list`, { order: 'any' }),
    run('lists consumer groups', `${g} --list --consumer`, { order: 'any' }),
    run('lists share groups: none', `${g} --list --share`, { order: 'any' }),
    run('lists streams groups: none', `${g} --list --streams`, { order: 'any' }),
    run('lists by type', `${g} --list --group-type classic`, { order: 'any' }),
    run('lists by type, in any case', `${g} --list --group-type Consumer`, { order: 'any' }),
    run('refuses an unknown type', `${g} --list --group-type bad`, { order: 'any' }),
    run('lists by protocol', `${g} --list --protocol consumer`, { order: 'any' }),
    run('lists by a protocol that nobody uses', `${g} --list --protocol connect`, { order: 'any' }),
    run('lists by type and protocol', `${g} --list --group-type classic --protocol consumer`, { order: 'any' }),
    run('refuses two types', `${g} --list --consumer --share`, { order: 'any' }),
    run('refuses a type together with consumer', `${g} --list --consumer --group-type classic`, { order: 'any' }),
    run('refuses no action', g),
    run('refuses a missing bootstrap server', 'kafka-groups.sh --list'),
    run('refuses an unknown option', `${g} --list --no-such-option`, { order: 'any' }),
    stop('live'),
    run('prints its version', 'kafka-groups.sh --version'),
  ],
}
