import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-metadata-shell', {
  differs: { 'explains itself': 'in our own words' },
  level: (text) =>
    text
      // what Apache's log says of control records and of the terminal
      .replaceAll(/^\[\d{4}-.* ERROR Ignoring control record .*\n|^.*org\.jline\.utils\.Log logr\n/gm, '')
      // the build
      .replaceAll(/^26b251a451ce941d$|(?<= {2})26b251a451ce941d/gm, 'unknown'),
})
