export { describeBootstrap } from './describe.ts'
export { type InitialVoter, parseInitialVoters } from './initial-voters.ts'
export {
  defaultBootstrapRecords,
  type FeatureAsk,
  type FeaturePlan,
  FormatError,
  metadataVersionNamed,
  planFeatures,
} from './plan.ts'
export { parseScramArgument, type ScramArgument } from './scram-argument.ts'
