import { api, array, arrayOf, bool, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Configuration values of topics, brokers, groups and their like, with where each comes from.
 * Versions: 1 synonyms and sources · 3 types and documentation · 4 flexible.
 */
export const DescribeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexible: 4,
  listeners: ['broker', 'controller'],
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      /** Null = all. */
      configurationKeys: arrayOf(string(), { nullable: 1 }),
    }),
    includeSynonyms: bool(),
    includeDocumentation: bool({ since: 3 }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1 }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        /** Null when sensitive. */
        value: string({ nullable: 1 }),
        readOnly: bool(),
        /** 1 topic, 2 broker, 3 all brokers, 4 static, 5 default, 6 logger, 7 client metrics, 8 group. */
        configSource: int8({ absent: -1, ignorable: true }),
        isSensitive: bool(),
        synonyms: array(
          {
            name: string(),
            value: string({ nullable: 1 }),
            source: int8(),
          },
          { ignorable: true },
        ),
        /** 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password. */
        configType: int8({ since: 3, ignorable: true }),
        documentation: string({ since: 3, nullable: 3, ignorable: true }),
      }),
    }),
  },
})
