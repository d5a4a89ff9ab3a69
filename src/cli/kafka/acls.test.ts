import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runInProcess } from '../../../test/cli-golden/ours.ts'
import { startKafka } from '../../testing/index.ts'

// What is printed was recorded from Apache Kafka's own tool, at the same broker.

let kafka: Awaited<ReturnType<typeof startKafka>>
before(async () => {
  kafka = await startKafka({
    config: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  })
})
after(() => kafka.stop())

async function run(line: string): Promise<{ said: string; exit: string }> {
  const args = ['--bootstrap-server', kafka.bootstrapServers, ...line.split(' ')]
  const ran = runInProcess('kafka-acls', args, '/')
  let said = ''
  ran.onOutput = (_, text) => (said += text)
  return { exit: await ran.ended, said }
}

const orders = 'ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)'
const entry = (operation: string, who = 'User:anna') =>
  `(principal=${who}, host=*, operation=${operation}, permissionType=ALLOW)`

test('adds, lists and removes', async () => {
  assert.deepEqual(await run('--add --allow-principal User:anna --operation Read --operation Write --topic orders'), {
    said: `Adding ACLs for resource \`${orders}\`: \n \t${entry('READ')}\n\t${entry('WRITE')}\n\n`,
    exit: '0',
  })
  assert.deepEqual(await run('--list --topic orders'), {
    said: `Current ACLs for resource \`${orders}\`:\n\t${entry('READ')}\n\t${entry('WRITE')}\n\n`,
    exit: '0',
  })
  assert.deepEqual(await run('--add --allow-principal User:anna --operation Write --topic orders'), {
    said: `Acl (pattern=${orders}, entry=${entry('WRITE')}) already exists.\n`,
    exit: '0',
  })
  const remove = '--remove --force --allow-principal User:anna --operation Read --topic orders'
  assert.deepEqual(await run(remove), { said: '', exit: '0' })
  assert.deepEqual(await run('--list --principal User:anna'), {
    said: `ACLs for principal \`User:anna\`\nCurrent ACLs for resource \`${orders}\`:\n\t${entry('WRITE')}\n\n`,
    exit: '0',
  })
  assert.deepEqual(await run('--remove --force --topic orders'), { said: '', exit: '0' })
  assert.deepEqual(await run('--list --topic orders'), { said: '', exit: '0' })
})

test('a consumer by prefix, found by a name that it begins', async () => {
  const pre = 'ResourcePattern(resourceType=TOPIC, name=pre, patternType=PREFIXED)'
  const group = 'ResourcePattern(resourceType=GROUP, name=g, patternType=PREFIXED)'
  const [read, describe] = [entry('READ', 'User:bob'), entry('DESCRIBE', 'User:bob')]
  const line = '--add --allow-principal User:bob --consumer --topic pre --group g --resource-pattern-type prefixed'
  assert.deepEqual(await run(line), {
    said: `Adding ACLs for resource \`${pre}\`: \n \t${read}\n\t${describe}\n\nAdding ACLs for resource \`${group}\`: \n \t${read}\n\n`,
    exit: '0',
  })
  assert.deepEqual(await run('--list --topic prefix --resource-pattern-type match'), {
    said: `Current ACLs for resource \`${pre}\`:\n\t${read}\n\t${describe}\n\n`,
    exit: '0',
  })
})

test('a denial on the cluster, from one host', async () => {
  assert.deepEqual(await run('--add --deny-principal User:zoe --deny-host 10.0.0.1 --cluster'), {
    said: 'Adding ACLs for resource `ResourcePattern(resourceType=CLUSTER, name=kafka-cluster, patternType=LITERAL)`: \n \t(principal=User:zoe, host=10.0.0.1, operation=ALL, permissionType=DENY)\n\n',
    exit: '0',
  })
})

for (const [line, said] of [
  [
    '--add --allow-principal User:zoe --operation Read --cluster',
    'ResourceType CLUSTER only supports operations [CREATE, ALTER_CONFIGS, DESCRIBE_CONFIGS, ALTER, IDEMPOTENT_WRITE, DESCRIBE, CLUSTER_ACTION, ALL]',
  ],
  [
    '--add --allow-principal zoe --operation Read --topic x',
    'Error while executing ACL command: expected a string in format principalType:principalName but got zoe',
  ],
  [
    '--add --operation Read --topic x',
    'You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.',
  ],
  [
    '--add --allow-principal User:z --topic x --resource-pattern-type any',
    "A '--resource-pattern-type' value of 'ANY' is not valid when adding acls.",
  ],
  [
    '--add --allow-principal User:z',
    'You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>',
  ],
  ['--topic x', 'Command must include exactly one action: --list, --add, --remove. '],
] as const) {
  test(`refuses ${line}`, async () => {
    const ran = await run(line)
    assert.equal(ran.exit, '1')
    assert.equal(ran.said.split('\n')[0], said)
  })
}
