// Prints `N passed, N failed` from vitest's JSON report; exits with 1 when anything failed or nothing ran.
import { readFileSync } from 'node:fs'

let report
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
} catch {
  // Vitest did not get as far as writing it.
  report = {
    testResults: [],
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    success: false,
  }
}

// A file that cannot be loaded has no tests to count, and is a failure all the same.
const brokenFiles = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
const passed = report.numPassedTests
const counted = report.numFailedTests + brokenFiles.length
// An error outside of any test fails the run too.
const failed = counted === 0 && !report.success ? 1 : counted
const skipped = report.numPendingTests + report.numTodoTests

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
