import { file, options, run, type Scenario, setup } from '../scenario.ts'

const p = 'kafka-console-producer.sh --bootstrap-server $B'
const show =
  'kafka-console-consumer.sh --bootstrap-server $B --from-beginning --timeout-ms 4000 --formatter-property print.key=true --formatter-property print.headers=true --topic'
const topic = (name: string) => setup(`kafka-topics.sh --bootstrap-server $B --create --topic ${name}`)

export const scenario: Scenario = {
  name: 'kafka-console-producer',
  steps: [
    options('kafka-console-producer.sh'),
    topic('plain'),
    run('sends each line as a value', `${p} --topic plain`, { stdin: 'one\ntwo\n\nlast without newline' }),
    run('shows what was sent', `${show} plain --max-messages 4`),
    run('sends nothing for no input', `${p} --topic plain`, { stdin: '' }),
    topic('keyed'),
    run('splits keys at the tab', `${p} --topic keyed --reader-property parse.key=true`, {
      stdin: 'k1\tv1\nk2\tv2\twith tab\nk3\t\n',
    }),
    run(
      'splits keys at a separator',
      `${p} --topic keyed --reader-property parse.key=true --reader-property key.separator=:`,
      { stdin: 'k4:v4\nk5:v5:more\n' },
    ),
    run('shows keys', `${show} keyed --max-messages 5`),
    run('refuses a line without the separator', `${p} --topic keyed --reader-property parse.key=true`, {
      stdin: 'k6\tv6\nno key here\nk7\tv7\n',
    }),
    run(
      'goes on after such a line when told so',
      `${p} --topic keyed --reader-property parse.key=true --reader-property ignore.error=true`,
      { stdin: 'no key here\nk7\tv7\n' },
    ),
    run(
      'refuses an empty separator',
      `${p} --topic keyed --reader-property parse.key=true --reader-property key.separator=`,
      { stdin: 'x\n' },
    ),
    topic('headed'),
    run('reads headers', `${p} --topic headed --reader-property parse.headers=true`, {
      stdin: 'h1:v1,h2:v2\tvalue\n\tno headers\n',
    }),
    run(
      'reads headers and keys',
      `${p} --topic headed --reader-property parse.headers=true --reader-property parse.key=true`,
      { stdin: 'h1:v1\tkey\tvalue\nh1:,h2:x:y\tkey\tvalue\n' },
    ),
    run(
      'reads headers with other separators',
      `${p} --topic headed --reader-property parse.headers=true --reader-property 'headers.delimiter=|' --reader-property 'headers.separator=;' --reader-property headers.key.separator==`,
      { stdin: 'a=1;b=2|value\n' },
    ),
    run('shows headers', `${show} headed --max-messages 5`),
    run('refuses a line without the headers delimiter', `${p} --topic headed --reader-property parse.headers=true`, {
      stdin: 'nothing to split\n',
    }),
    run('refuses a header without its separator', `${p} --topic headed --reader-property parse.headers=true`, {
      stdin: 'h1\tvalue\n',
    }),
    run(
      'refuses equal separators',
      `${p} --topic headed --reader-property parse.headers=true --reader-property parse.key=true --reader-property headers.delimiter=, --reader-property key.separator=,`,
      { stdin: 'x\n' },
    ),
    topic('nulls'),
    run(
      'replaces the null marker',
      `${p} --topic nulls --reader-property parse.key=true --reader-property null.marker=NIL`,
      { stdin: 'NIL\tv\nk\tNIL\nNIL\tNIL\n' },
    ),
    run(
      'replaces the null marker in headers',
      `${p} --topic nulls --reader-property parse.headers=true --reader-property null.marker=NIL`,
      { stdin: 'NIL\tv\nh:NIL\tv\n' },
    ),
    run('shows nulls', `${show} nulls --max-messages 5`),
    file('reader.properties', 'parse.key=true\nkey.separator=#\n'),
    run('takes reader properties from a file', `${p} --topic keyed --reader-config reader.properties`, {
      stdin: 'fk#fv\n',
    }),
    run(
      'refuses a null marker that is the separator',
      `${p} --topic keyed --reader-property parse.key=true --reader-property 'key.separator=-' --reader-property 'null.marker=-'`,
      { stdin: 'a-b\n' },
    ),
    topic('packed'),
    run('compresses with gzip by default', `${p} --topic packed --compression-codec`, { stdin: 'gzip\n' }),
    run('compresses with zstd', `${p} --topic packed --compression-codec zstd`, { stdin: 'zstd\n' }),
    run('compresses with lz4', `${p} --topic packed --compression-codec lz4`, { stdin: 'lz4\n' }),
    run('compresses with snappy', `${p} --topic packed --compression-codec snappy`, { stdin: 'snappy\n' }),
    run('refuses an unknown codec', `${p} --topic packed --compression-codec brotli`, { stdin: 'x\n' }),
    run('sends one by one', `${p} --topic plain --sync`, { stdin: 's1\ns2\n' }),
    run(
      'waits for no acknowledgement',
      `${p} --topic plain --request-required-acks 0 --command-property enable.idempotence=false`,
      { stdin: 'a0\n' },
    ),
    run('waits for the leader', `${p} --topic plain --request-required-acks 1`, { stdin: 'a1\n' }),
    run('refuses other acknowledgements', `${p} --topic plain --request-required-acks 2`, { stdin: 'x\n' }),
    run(
      'takes producer properties',
      `${p} --topic plain --command-property client.id=me --command-property linger.ms=1`,
      { stdin: 'x\n' },
    ),
    run('refuses a bad producer property', `${p} --topic plain --command-property linger.ms=soon`, { stdin: 'x\n' }),
    run('refuses a producer property without a value', `${p} --topic plain --command-property linger.ms`, {
      stdin: 'x\n',
    }),
    run('accepts the old --producer-property', `${p} --topic plain --producer-property client.id=me`, { stdin: 'x\n' }),
    run('accepts the old --property', `${p} --topic keyed --property parse.key=true`, { stdin: 'k\tv\n' }),
    file('producer.properties', 'client.id=from-file\n'),
    run('accepts the old --producer.config', `${p} --topic plain --producer.config producer.properties`, {
      stdin: 'x\n',
    }),
    run('takes producer properties from a file', `${p} --topic plain --command-config producer.properties`, {
      stdin: 'x\n',
    }),
    run('refuses a file that is not there', `${p} --topic plain --command-config absent.properties`, { stdin: 'x\n' }),
    run(
      'refuses old and new spelling together',
      `${p} --topic plain --command-property client.id=me --producer-property client.id=you`,
      { stdin: 'x\n' },
    ),
    run('creates an unknown topic by itself', `${p} --topic made`, { stdin: 'x\n' }),
    run('refuses an illegal topic name', `${p} --topic 'no blanks' --max-block-ms 3000`, { stdin: 'x\n' }),
    run('refuses too large a record', `${p} --topic plain --command-property max.request.size=100`, {
      stdin: `${'x'.repeat(200)}\n`,
    }),
    run('tells that a broker refused a record', `${p} --topic plain`, { stdin: 'fine\n' }),
    run('wants a topic', p, { stdin: 'x\n' }),
    run('wants a bootstrap server', 'kafka-console-producer.sh --topic plain', { stdin: 'x\n' }),
    run('refuses the old --broker-list', 'kafka-console-producer.sh --broker-list $B --topic plain', { stdin: 'x\n' }),
    run('refuses an unknown option', `${p} --topic plain --no-such-option`, { stdin: 'x\n' }),
    run('refuses an unknown reader', `${p} --topic plain --line-reader no.such.Reader`, { stdin: 'x\n' }),
    run('refuses an address without a port', 'kafka-console-producer.sh --bootstrap-server localhost --topic plain', {
      stdin: 'x\n',
    }),
    run(
      'gives up when nobody listens',
      'kafka-console-producer.sh --bootstrap-server localhost:1 --topic plain --max-block-ms 1500',
      { stdin: 'x\n' },
    ),
    run('prints its version', 'kafka-console-producer.sh --version'),
  ],
}
