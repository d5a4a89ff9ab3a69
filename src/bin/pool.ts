/** Imported first by every main: the size of libuv's pool is read once, at its first use. Syncs of many files need more than four. */
process.env['UV_THREADPOOL_SIZE'] ??= '8'
