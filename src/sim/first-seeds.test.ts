import { seedsHold } from './seeds.case.ts'

seedsHold(1, 50)
