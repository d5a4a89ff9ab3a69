/** Writes docs/configuration/ from the tables in src/config. A test fails when the pages are not up to date. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { configurationPages } from '../src/config/index.ts'

const folder = new URL('../docs/configuration/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, text] of configurationPages()) writeFileSync(new URL(name, folder), text)
