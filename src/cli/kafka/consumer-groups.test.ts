import { holdGolden } from '../../../test/cli-golden/hold.ts'

holdGolden('kafka-consumer-groups', {
  differs: {
    'gives up when nobody listens': 'it says who did not answer',
    'gives up describing when nobody listens': 'it says who did not answer',
  },
  level: (text) =>
    text
      // what Java's CSV reader thinks of a file that has another form too
      .replaceAll(/^com\.fasterxml\.jackson\..*\n/gm, '')
      // sets, whose order is another in each run of Java
      .replaceAll(/(?<=(?:are|options|scenarios): )\S+(?:, \S+)+$/gm, (set) =>
        set
          .split(/[[\], ]+/)
          .sort()
          .join(' '),
      ),
})
