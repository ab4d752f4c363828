// Runs the walks and ends with one line: N passed, N failed.
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
let passed = 0
let failed = 0
const stream = run({ files: readdirSync(here).filter(f => f.endsWith('.test.mjs')).map(f => join(here, f)), concurrency: 1, timeout: 900_000 })
stream.on('test:pass', t => { if (t.details.type !== 'suite') passed++ })
stream.on('test:fail', t => { if (t.details.type !== 'suite') failed++ })
const report = stream.compose(spec)
report.pipe(process.stdout)
report.on('end', () => {
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
})
