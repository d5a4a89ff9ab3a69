import { aiokafka } from './libraries.ts'
import { librarySuite } from './suite.ts'

librarySuite(aiokafka)
