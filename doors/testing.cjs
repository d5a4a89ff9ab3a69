// `millrace/testing` from a clone of the repository (the published package points at the bundle itself).
module.exports = require('./door.cjs')('testing', 'src/testing/index.ts')

// Never run: import statements learn from this list what there is. doors.test.ts holds it to the sources.
0 && (module.exports = { startKafka })
