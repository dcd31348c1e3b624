// Ask iam-simulate about a list of requests on stdin: a list of true and false on stdout.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../.venv-audit/node/', import.meta.url))
const { runSimulation } = require('@cloud-copilot/iam-simulate')

let text = ''
for await (const chunk of process.stdin) text += chunk

const answers = []
const errors = []
for (const simulation of JSON.parse(text)) {
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') {
    const { action, resource } = simulation.request
    errors.push(`${action} ${resource.resource}: ${JSON.stringify(result.errors)}`)
    continue
  }
  answers.push(result.overallResult === 'Allowed')
}
if (errors.length) {
  console.error(errors.join('\n'))
  process.exit(1)
}
console.log(JSON.stringify(answers))
