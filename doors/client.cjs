// `millrace/client` from a clone of the repository (the published package points at the bundle itself).
module.exports = require('./door.cjs')('client', 'src/client/node.ts')

// Never run: import statements learn from this list what there is. doors.test.ts holds it to the sources.
0 &&
  (module.exports = {
    Admin,
    Consumer,
    Kafka,
    KafkaError,
    PartitionMap,
    Producer,
    Transaction,
    bigLongSerde,
    bytesSerde,
    configResourceTypes,
    cooperativeStickyAssignor,
    doubleSerde,
    hashOrder,
    integerSerde,
    isKafkaError,
    jsonSerde,
    longSerde,
    offsetSpecs,
    parseBootstrap,
    partitionHashOrder,
    partitionName,
    partitionOfKey,
    rangeAssignor,
    roundRobinAssignor,
    scramMechanisms,
    stickyAssignor,
    stringHashOrder,
    stringSerde,
    unwrap,
  })
