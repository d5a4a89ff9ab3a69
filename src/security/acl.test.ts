import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Acl, Authorizer, aclHost, superUsersOf } from './index.ts'

const [LITERAL, PREFIXED] = [3, 4]
const [DENY, ALLOW] = [2, 3]
const codes = { ALL: 2, READ: 3, WRITE: 4, DESCRIBE: 8, DESCRIBE_CONFIGS: 10, ALTER_CONFIGS: 11 }

const acl = (operation: keyof typeof codes, more: Partial<Acl> = {}): Acl => ({
  ...{ resourceType: 2, resourceName: 'orders', patternType: LITERAL, principal: 'User:anna', host: '*' },
  ...{ permissionType: ALLOW, ...more, operation: codes[operation] },
})
const anna = { principal: 'User:anna', host: '10.0.0.1' }

function authorizer(acls: readonly Acl[], allowsWithoutAcl = false): Authorizer {
  const made = new Authorizer({ superUsers: new Set(['User:root']), allowsWithoutAcl })
  made.use(acls)
  return made
}

test('super users may everything, also before the ACLs are known; others nothing then', () => {
  const fresh = new Authorizer({ superUsers: new Set(['User:root']), allowsWithoutAcl: true })
  assert.equal(fresh.may({ principal: 'User:root', host: 'x' }, 'alter', 'cluster', 'kafka-cluster'), true)
  assert.equal(fresh.may(anna, 'read', 'topic', 'orders'), false)
})

test('reading, writing, deleting and altering imply describing when allowed, and never when denied', () => {
  assert.equal(authorizer([acl('READ')]).may(anna, 'describe', 'topic', 'orders'), true)
  assert.equal(authorizer([acl('ALTER_CONFIGS')]).may(anna, 'describeConfigs', 'topic', 'orders'), true)
  assert.equal(authorizer([acl('DESCRIBE')]).may(anna, 'read', 'topic', 'orders'), false)
  const denied = authorizer([acl('ALL'), acl('READ', { permissionType: DENY })])
  assert.equal(denied.may(anna, 'read', 'topic', 'orders'), false)
  assert.equal(denied.may(anna, 'describe', 'topic', 'orders'), true)
})

test('names, prefixes and the wildcard', () => {
  const acls = [
    acl('READ', { resourceName: 'or', patternType: PREFIXED }),
    acl('WRITE', { resourceName: '*' }),
    acl('READ', { resourceName: 'orders-secret', permissionType: DENY }),
  ]
  const rules = authorizer(acls)
  assert.equal(rules.may(anna, 'read', 'topic', 'orders'), true)
  assert.equal(rules.may(anna, 'read', 'topic', 'o'), false)
  assert.equal(rules.may(anna, 'write', 'topic', 'anything'), true)
  assert.equal(rules.may(anna, 'read', 'topic', 'orders-secret'), false)
  assert.equal(rules.may(anna, 'read', 'group', 'orders'), false)
})

test('principals and hosts', () => {
  const rules = authorizer([
    acl('READ', { principal: 'User:*', host: '10.0.0.1' }),
    acl('WRITE', { principal: 'User:bob' }),
  ])
  assert.equal(rules.may(anna, 'read', 'topic', 'orders'), true)
  assert.equal(rules.may({ ...anna, host: '10.0.0.2' }, 'read', 'topic', 'orders'), false)
  assert.equal(rules.may(anna, 'write', 'topic', 'orders'), false)
})

test('a decision that is remembered is not that of another, whatever stands in principals and names', () => {
  const rules = authorizer([acl('READ', { resourceName: 'a\nb' })])
  const odd = { principal: 'User:anna\na', host: anna.host }
  assert.equal(rules.may(anna, 'read', 'topic', 'a\nb'), true)
  assert.equal(rules.may(odd, 'read', 'topic', 'b'), false)
  assert.equal(rules.may({ principal: 'User:ann', host: anna.host }, 'read', 'topic', 'aa\nb'), false)
  const spaced = authorizer([acl('READ', { principal: 'b User:c', host: 'a' })])
  assert.equal(spaced.may({ principal: 'b User:c', host: 'a' }, 'read', 'topic', 'orders'), true)
  assert.equal(spaced.may({ principal: 'User:c', host: 'a b' }, 'read', 'topic', 'orders'), false)
})

test('allow.everyone.if.no.acl.found holds for resources that nobody has spoken of', () => {
  const rules = authorizer([acl('READ', { principal: 'User:bob' })], true)
  assert.equal(rules.may(anna, 'read', 'topic', 'orders'), false)
  assert.equal(rules.may(anna, 'read', 'topic', 'other'), true)
})

test('any topic: an allowance that no denial covers', () => {
  const mayAny = (...acls: Acl[]) => authorizer(acls).mayAny(anna, 'write', 'topic')
  assert.equal(mayAny(acl('WRITE')), true)
  assert.equal(mayAny(), false)
  assert.equal(mayAny(acl('WRITE'), acl('WRITE', { permissionType: DENY })), false)
  assert.equal(mayAny(acl('WRITE'), acl('ALL', { resourceName: '*', permissionType: DENY })), false)
  const prefix = { patternType: PREFIXED } as const
  assert.equal(mayAny(acl('WRITE', prefix), acl('WRITE', { permissionType: DENY })), true)
  assert.equal(mayAny(acl('WRITE'), acl('WRITE', { ...prefix, resourceName: 'ord', permissionType: DENY })), false)
})

test('a decision is made anew when the ACLs change', () => {
  const rules = authorizer([])
  assert.equal(rules.may(anna, 'read', 'topic', 'orders'), false)
  rules.use([acl('READ')])
  assert.equal(rules.may(anna, 'read', 'topic', 'orders'), true)
})

test('super.users are parted by semicolons, addresses are written as Java does', () => {
  const users = superUsersOf('User:CN=my-cluster-kafka,O=io.strimzi;User:ANONYMOUS; ')
  assert.deepEqual(users, new Set(['User:CN=my-cluster-kafka,O=io.strimzi', 'User:ANONYMOUS']))
  assert.ok('error' in superUsersOf('admin'))
  assert.deepEqual(['::1', 'fe80::1%eth0', '10.0.0.1', '2001:db8::a:0:1'].map(aclHost), [
    '0:0:0:0:0:0:0:1',
    'fe80:0:0:0:0:0:0:1',
    '10.0.0.1',
    '2001:db8:0:0:0:a:0:1',
  ])
})
