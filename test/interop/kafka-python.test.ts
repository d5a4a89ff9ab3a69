import { kafkaPython } from './libraries.ts'
import { librarySuite } from './suite.ts'

librarySuite(kafkaPython)
