// Ask iam-simulate about a list of requests on stdin: a list of true and false on stdout.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../.venv-audit/node/', import.meta.url))
const { runSimulation } = require('@cloud-copilot/iam-simulate')

let text = ''
for await (const chunk of process.stdin) text += chunk

const answers = []
for (const simulation of JSON.parse(text)) {
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') {
    console.error(JSON.stringify({ request: simulation.request, errors: result.errors }, null, 1))
    process.exit(1)
  }
  answers.push(result.overallResult === 'Allowed')
}
console.log(JSON.stringify(answers))
