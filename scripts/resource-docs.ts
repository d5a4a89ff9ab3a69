/** Writes docs/resources from src/resources. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { resourcePages } from '../src/resources/index.ts'

const folder = new URL('../docs/resources/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, text] of resourcePages()) writeFileSync(new URL(name, folder), text)
