import { options, run, type Scenario } from '../scenario.ts'

const log = '$LOG/__cluster_metadata-0/00000000000000000000.log'
const s = `kafka-metadata-shell.sh --snapshot ${log}`

export const scenario: Scenario = {
  name: 'kafka-metadata-shell',
  readsFolder: 'dump-log',
  steps: [
    options('kafka-metadata-shell.sh'),
    run('shows the tree', `${s} tree /`),
    run('shows a part of the tree', `${s} tree /image/features /local`),
    run('shows a tree of files', `${s} tree image/topics/byName/empty/id`),
    run('lists the root', `${s} ls`),
    run('lists directories', `${s} ls /image /image/topics/byName`),
    run('lists a file', `${s} ls /image/topics/byName/empty/id`),
    run('lists by a pattern', `${s} ls '/image/topics/byName/*/id'`),
    run('lists by other patterns', `${s} ls '/image/topics/byName/{empty,p?ain}'`),
    run('lists what is not there', `${s} ls /nothing`),
    run('lists what no pattern matches', `${s} ls '/image/n*'`),
    run('prints files', `${s} cat /image/topics/byName/empty/0 /image/topics/byName/empty/name`),
    run('prints by a pattern', `${s} cat '/image/features/finalized_*'`),
    run('refuses to print a directory', `${s} cat /image`),
    run('prints nothing that is not there', `${s} cat /nothing`),
    run('finds', `${s} find /image/topics/byName/empty /image/producerIds`),
    run('finds from here', `${s} find local`),
    run('finds nothing', `${s} find /nothing`),
    run('says where it is', `${s} pwd`),
    run('refuses an unknown command', `${s} dance`),
    run('wants something to print', `${s} cat`),
    run('takes dots', `${s} ls /image/topics/../features/./metadataVersion`),
    run('wants a snapshot', 'kafka-metadata-shell.sh ls'),
    run('refuses a file that is not there', 'kafka-metadata-shell.sh --snapshot $LOG/nothing.log ls'),
    run('refuses an unknown option', `${s} --no-such-option`),
    run('explains itself', s, { stdin: 'help\nman cat\nexit\n' }),
    run('talks', s, {
      stdin:
        'ls\ncd image\npwd\nls\ncat features/metadataVersion\ncd nowhere\ncd features/metadataVersion\ncd\npwd\n\nman nothing\nhistory 3\nnothing\nls -x\nexit\n',
    }),
  ],
}
