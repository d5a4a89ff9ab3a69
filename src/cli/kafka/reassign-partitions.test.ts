import { holdGolden } from '../../../test/cli-golden/hold.ts'

const parser = "what is wrong with it is said in our parser's words"

holdGolden('kafka-reassign-partitions', {
  differs: { 'refuses what is not JSON': parser, 'refuses to verify what is not JSON': parser },
  // Apache's prints the Java exception once more, with its trace, on standard output.
  level: (text) => text.replace(/^(Error: .*\n)(?:(?:[\w.]+\.[A-Z]\w*|Caused by)(?:: .*)?\n)+\n/m, '$1'),
})
