import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captureLogger, lineLogger } from './index.ts'

function logged(level: 'debug' | 'info' | 'off' = 'info') {
  const lines: string[] = []
  const local = new Date(2026, 10, 5, 3, 6, 2, 45)
  const logger = lineLogger({ level, sink: (line) => lines.push(line), wallMs: () => local.getTime() })
  return { lines, logger }
}

test('prints lines as Kafka does: local time, level, message, fields, logger', () => {
  const { lines, logger } = logged()
  logger.info('Started')
  logger.warn('A batch was cut off', {
    logger: 'log.recovery',
    topic: 'orders',
    partition: 3,
    isTorn: true,
    cause: null,
  })
  assert.deepEqual(lines, [
    '[2026-11-05 03:06:02,045] INFO Started (millrace)',
    '[2026-11-05 03:06:02,045] WARN A batch was cut off topic=orders partition=3 isTorn=true cause=null (log.recovery)',
  ])
})

test('binds fields to a child, and the call’s own win', () => {
  const { lines, logger } = logged()
  const child = logger.child({ logger: 'raft', node: 1 }).child({ epoch: 4 })
  child.error('Lost', { epoch: 5 })
  assert.deepEqual(lines, ['[2026-11-05 03:06:02,045] ERROR Lost node=1 epoch=5 (raft)'])
})

test('leaves out what is below the level', () => {
  const { lines, logger } = logged()
  logger.debug('detail')
  assert.equal(lines.length, 0)
  const loud = logged('debug')
  loud.logger.debug('detail')
  assert.equal(loud.lines.length, 1)
  const silent = logged('off')
  silent.logger.error('anything')
  assert.equal(silent.lines.length, 0)
})

test('one call is one line, whatever a client puts into a name', () => {
  const { lines, logger } = logged()
  logger.info('Refused', { clientId: 'a\nb [2026] ERROR fake (x)\u001b[31m"\u2028', empty: '', plain: 'a-b.c:1' })
  assert.equal(
    lines[0],
    '[2026-11-05 03:06:02,045] INFO Refused clientId="a\\nb [2026] ERROR fake (x)\\u001b[31m\\"\\u2028" empty="" plain=a-b.c:1 (millrace)',
  )
})

test('a capturing logger keeps what it and its children were told', () => {
  const logger = captureLogger()
  logger.info('one', { a: 1 })
  logger.child({ b: 2 }).warn('two', { a: 3 })
  assert.deepEqual(logger.lines, [
    { level: 'info', message: 'one', fields: { a: 1 } },
    { level: 'warn', message: 'two', fields: { b: 2, a: 3 } },
  ])
})
