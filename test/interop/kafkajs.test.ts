import { kafkajs } from './libraries.ts'
import { librarySuite } from './suite.ts'

librarySuite(kafkajs)
