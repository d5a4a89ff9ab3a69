import { confluentKafka } from './libraries.ts'
import { librarySuite } from './suite.ts'

librarySuite(confluentKafka)
