/** The command lines that run Java mains of a laid out Apache Kafka. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Layout = { readonly home: string; readonly version: string }

/** The command line that runs one Java main of a layout. Server and tools log as Apache's own scripts do. */
export function javaCommand(layout: Layout, main: string, args: readonly string[], o: JavaOptions = {}): string[] {
  const archive = join(layout.home, 'kafka.jsa')
  const shared = o.jvm?.some((flag) => flag.includes('ArchiveClasses')) !== true && existsSync(archive)
  const logging = layout.version.startsWith('2.') ? [] : [`-Dlog4j2.configurationFile=${o.log4j ?? toolsLogging()}`]
  return [
    'java',
    `-Xmx${o.heap ?? '512M'}`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...(shared ? [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xshare:auto'] : []),
    ...(o.jvm ?? []),
    '-Djava.awt.headless=true',
    ...logging,
    '-cp',
    readFileSync(join(layout.home, 'classpath.txt'), 'utf8').trim() +
      (o.alsoOnClassPath ? `:${o.alsoOnClassPath}` : ''),
    main,
    ...args,
  ]
}

export interface JavaOptions {
  heap?: string
  jvm?: readonly string[]
  log4j?: string
  alsoOnClassPath?: string
}

/** A log4j2 file like Apache's for tools (warnings on stderr) or for the server (information on stdout). */
export function toolsLogging(level: 'WARN' | 'INFO' = 'WARN'): string {
  const path = join(tmpdir(), `millrace-log4j2-${level.toLowerCase()}-${process.getuid?.() ?? 0}.xml`)
  if (!existsSync(path)) writeFileSync(path, log4j2(level, level === 'WARN' ? 'SYSTEM_ERR' : 'SYSTEM_OUT'))
  return path
}

export function log4j2(level: string, target: string): string {
  return `<Configuration status="ERROR"><Appenders><Console name="C" target="${target}"><PatternLayout pattern="[%d] %p %m (%c)%n"/></Console></Appenders><Loggers><Root level="${level}"><AppenderRef ref="C"/></Root></Loggers></Configuration>\n`
}
