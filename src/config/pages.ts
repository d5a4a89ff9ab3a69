import { brokerSections } from './broker-table.ts'
import { allowed } from './checks.ts'
import { clientMetricsKeys, groupKeys, ipQuotaKeys, userQuotaKeys } from './other-keys.ts'
import { groupSynonyms, topicSynonyms } from './synonyms.ts'
import { type BrokerRow, brokerKey, type ConfigKey, keysOf } from './table.ts'
import { topicKeys } from './topic-config.ts'

/** Topic keys that are accepted and shown but change nothing yet. */
const notYet: ReadonlySet<string> = new Set([
  'local.retention.bytes',
  'local.retention.ms',
  'remote.log.copy.disable',
  'remote.log.delete.on.disable',
  'remote.storage.enable',
])

/** Broker keys of the same kind: what they are about is not built. */
const notYetOfBrokers =
  /^(?:sasl\.oauthbearer|sasl\.kerberos|sasl\.login|delegation\.token)\.|^ssl\.allow\.(?:dn|san)\.changes$/

/** The pages of `docs/configuration/` by file name, made from the tables so that they cannot disagree with the code. */
export function configurationPages(): ReadonlyMap<string, string> {
  return new Map([
    ['broker.md', brokerPage()],
    ['topic.md', topicPage()],
    ['group.md', groupPage()],
    ['client-metrics-and-quotas.md', otherPage()],
  ])
}

const generated = '<!-- Made by scripts/config-docs.ts from src/config. Change the tables there, not this page. -->'

function brokerPage(): string {
  const parts = [
    '# Node configuration',
    generated,
    'What `server.properties` may say. Names, types, defaults and limits are those of Apache Kafka 4.3; keys that begin with `millrace.` are ours. `cluster-wide` keys can be changed while the cluster runs, for all brokers or for one; `per-broker` keys for one broker; the others need a restart.',
  ]
  for (const [title, rows] of brokerSections) {
    const keys = keysOf<BrokerRow>(rows, brokerKey).map(([, key]) => key)
    parts.push(
      `## ${title}`,
      table(
        ['key', 'type', 'default', 'allowed', 'update', 'meaning'],
        keys
          .filter((k) => !k.isInternal)
          .map((k) => [
            code(k.name) + (notYetOfBrokers.test(k.name) ? ' *' : ''),
            ...[k.type, fallback(k), range(k), k.update, k.doc],
          ]),
      ),
    )
  }
  parts.push(
    '\\* known, kept and described, but not acted upon yet.',
    'The authorizer has keys of its own (docs/security.md): `super.users`, principals separated by semicolons, and `allow.everyone.if.no.acl.found`, `false` by default.',
  )
  return join(parts)
}

function topicPage(): string {
  const keys = [...topicKeys.values()].filter((k) => !k.isInternal)
  return join([
    '# Topic configuration',
    generated,
    'What a topic may say for itself. Without a word of its own it follows the broker key in the last column; where several stand there, the first that is set.',
    table(
      ['key', 'type', 'default', 'allowed', 'meaning', 'follows'],
      keys.map((k) => {
        const synonyms = (topicSynonyms.get(k.name) ?? []).map((s) => code(s.name)).join(', ')
        return [code(k.name) + (notYet.has(k.name) ? ' *' : ''), k.type, fallback(k), range(k), k.doc, synonyms]
      }),
    ),
    '\\* known, kept and described, but not acted upon yet.',
  ])
}

function groupPage(): string {
  return join([
    '# Group configuration',
    generated,
    'What a group may say for itself (`kafka-configs.sh --entity-type groups`). Without a word of its own it follows the broker key in the last column.',
    table(
      ['key', 'type', 'default', 'allowed', 'meaning', 'follows'],
      [...groupKeys.values()].map((k) => {
        const synonym = groupSynonyms.get(k.name)
        return [code(k.name), k.type, fallback(k), range(k), k.doc, synonym === undefined ? '' : code(synonym)]
      }),
    ),
  ])
}

function otherPage(): string {
  const plain = (keys: ReadonlyMap<string, ConfigKey>) =>
    table(
      ['key', 'type', 'default', 'allowed', 'meaning'],
      [...keys.values()].map((k) => [code(k.name), k.type, fallback(k), range(k), k.doc]),
    )
  return join([
    '# Client metrics subscriptions and quotas',
    generated,
    '## Client metrics subscriptions',
    plain(clientMetricsKeys),
    '## Quotas of users and client ids',
    plain(userQuotaKeys),
    '## Quotas of addresses',
    plain(ipQuotaKeys),
  ])
}

function fallback({ fallback: text, type }: ConfigKey): string {
  if (text === undefined) return 'required'
  if (text === null) return 'unset'
  if (text === '') return 'empty'
  return type === 'password' ? '' : code(text)
}

function range({ check }: ConfigKey): string {
  const text = allowed(check)
  return text === '' ? '' : code(text)
}

function code(text: string): string {
  return `\`${text}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function join(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}
