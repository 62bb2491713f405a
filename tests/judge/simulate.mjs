// IAM's verdict on each request that comes by standard input, a line of JSON each; verdicts go to standard output.
// @cloud-copilot/iam-simulate (AGPL-3.0) judges: a tool that CI runs, installed beside this program's modules.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(process.env.JUDGE_MODULES + '/')
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const named = (policies) => Object.entries(policies ?? {}).map(([name, policy]) => ({ name, policy }))
const identifiers = (statements) => (statements ?? []).map((one) => one.explain?.identifier ?? '?')

// Public parameters have no account in their ARN, which the evaluator's data does not know.
const withAccount = (value, account) =>
  JSON.parse(JSON.stringify(value).replaceAll('::parameter/aws', `:${account}:parameter/aws`))

// IAM's `*` is any characters (IAM User Guide, "Resource"); the evaluator's ends at the end of a line.
const onOneLine = (resource) => resource.replaceAll(/[\n\r\u2028\u2029]/g, '_')

function simulate(asked, resource) {
  const { account, region } = asked
  const owner = asked.owner ?? account
  const base = {
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': region,
    'aws:PrincipalAccount': account,
    ...(asked.principal.startsWith('arn:') ? { 'aws:PrincipalArn': asked.principal } : {}),
    'aws:ResourceAccount': owner,
    'aws:ViaAWSService': 'false',
  }
  const request = {
    principal: asked.principal === 'anonymous' ? { type: 'Anonymous' } : asked.principal,
    action: asked.action,
    resource: { resource, accountId: owner },
    contextVariables: { ...base, ...asked.context },
  }
  const boundary = asked.boundary ? { permissionBoundaryPolicies: named(asked.boundary) } : {}
  const resourcePolicy = asked.resource_policy ? { resourcePolicy: asked.resource_policy } : {}
  return runSimulation(
    {
      request,
      identityPolicies: named(withAccount(asked.policies ?? {}, account)),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...boundary,
      ...resourcePolicy,
    },
    { simulationMode: 'Strict' },
  )
}

async function verdict(asked) {
  const resource = onOneLine(withAccount(asked.resource, asked.account))
  let outcome = await simulate(asked, resource)
  // Actions without a resource type are asked for as `*`.
  if (outcome.resultType === 'error' && outcome.errors.message === 'must.use.wildcard') outcome = await simulate(asked, '*')
  if (outcome.resultType === 'error') return { verdict: 'Error', note: JSON.stringify(outcome.errors).slice(0, 400) }
  const results = outcome.resultType === 'single' ? [outcome.result] : outcome.results
  const allowing = results.flatMap((one) => identifiers(one.analysis?.identityAnalysis?.allowStatements))
  const unmatched = results.flatMap((one) => one.analysis?.identityAnalysis?.unmatchedStatements ?? [])
  const near = unmatched.map((one) => one.explain).filter((one) => one.actionMatch)
  return {
    verdict: outcome.overallResult,
    allowed_by: [...new Set(allowing)],
    near: outcome.overallResult === 'Allowed' ? [] : near.map((one) => one.identifier),
  }
}

const said = (error) => ({ verdict: 'Error', note: String(error).slice(0, 400) })
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await verdict(JSON.parse(line)).catch(said)) + '\n')
}
