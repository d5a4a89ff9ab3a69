import { holdGolden } from '../../../test/cli-golden/hold.ts'
import { sortedLines } from '../../../test/cli-golden/normalize.ts'

const voter = 'a voter is 3@DIRECTORY in our words, and they come in order'

holdGolden('cluster', {
  differs: {
    'lists what was added':
      "a move that replaces another forgets in Apache's that its replicas stay (2,3 as to be removed)",
    'refuses one of another directory': voter,
    'refuses it twice': voter,
  },
  level: (text, title) =>
    (title === 'describes its replication' ? sortedLines(text.replaceAll(/Leader {2}|Follower/g, '{ROLE}')) : text)
      // Apache's prints the Java exception once more, with its trace, on standard output.
      .replace(/^(Error: .*\n)(?:(?:[\w.]+\.[A-Z]\w*|Caused by)(?:: .*)?\n)+\n/m, '$1')
      // what depends on the time that went by, and on who was elected
      .replaceAll(/(?<=HighWatermark: +|Lag(?:TimeMs)?: +|LeaderId: +|LeaderEpoch: +|Epoch: )\d+ *$/gm, '{N}')
      .replaceAll(/\t\d+ +\t\d+ +(?=\t17)/g, '\t{N}\t{N}')
      // sets
      .replaceAll(/(?<=Isr: )[\d,]+/g, (ids) => ids.split(',').sort().join(',')),
})
