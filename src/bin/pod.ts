/** The programs of pods that Millrace brings: the first argument names one. Its files and names are the pod's. */
import './pool.ts'

const [name = '', ...args] = process.argv.slice(2)
if (name === 'kafka_run') {
  const { kafkaRun } = await import('./pod/kafka-run.ts')
  process.exit(await kafkaRun())
} else if (name === 'hello_world_producer') {
  const { helloWorldProducer } = await import('./pod/hello-world-producer.ts')
  process.exit(await helloWorldProducer(process.env))
} else if (name === 'hello_world_consumer') {
  const { helloWorldConsumer } = await import('./pod/hello-world-consumer.ts')
  process.exit(await helloWorldConsumer(process.env))
} else {
  process.stderr.write(`There is no pod program ${name} ${args.join(' ')}\n`)
  process.exit(2)
}
