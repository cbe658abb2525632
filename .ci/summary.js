/** Adds up vitest's JSON reports, names what failed, and prints the closing line of the gate. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
const sum = { passed: 0, failed: 0, skipped: 0 }
for (const name of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  sum.passed += report.numPassedTests
  sum.failed +=
    report.numFailedTests + (report.numFailedTestSuites > 0 && report.numFailedTests === 0 ? 1 : 0)
  sum.skipped += report.numPendingTests
  for (const file of report.testResults) tellFailures(file)
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exit(sum.failed > 0 || sum.passed === 0 ? 1 : 0)

/** The last lines of a long log are what is read first. */
function tellFailures(file) {
  const failed = file.assertionResults.filter(({ status }) => status === 'failed')
  for (const { fullName, failureMessages } of failed) {
    console.log(`FAILED ${file.name}: ${fullName}\n${failureMessages.join('\n').slice(0, 2_000)}`)
  }
  if (failed.length === 0 && file.status === 'failed') {
    console.log(`FAILED ${file.name}\n${String(file.message).slice(0, 2_000)}`)
  }
}
