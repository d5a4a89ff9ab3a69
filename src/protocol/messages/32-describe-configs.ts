import { api, array, arrayOf, bool, int8, int16, int32, string } from '../schema/index.ts'

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
        value: string({ nullable: 1 }),
        readOnly: bool(),
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
        configType: int8({ since: 3, ignorable: true }),
        documentation: string({ since: 3, nullable: 3, ignorable: true }),
      }),
    }),
  },
})
