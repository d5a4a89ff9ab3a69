import { platformatic } from './libraries.ts'
import { librarySuite } from './suite.ts'

librarySuite(platformatic)
