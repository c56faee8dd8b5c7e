/**
 * Writes `machines/README.md` from the machine itself. `--check` writes nothing and exits 1, naming what differs.
 */
import { dirname } from 'node:path'
import { onboardingMachine } from '../machines/onboarding/machine.ts'
import type { StateMeta } from '../machines/onboarding/setup.ts'
import type { Detail } from '../src/diagram/chart.ts'
import { type GraphState, graphOf } from '../src/diagram/graph.ts'
import { toMermaid } from '../src/diagram/mermaid.ts'
import { type Generated, publish, table } from './generated.ts'

const graph = graphOf(onboardingMachine)

const WAITS_FOR: Record<NonNullable<StateMeta['awaits']>, string> = {
  rpc: 'the RPC endpoint',
  signer: 'the signer',
  block: 'the next block',
  venice: 'Venice',
  clock: 'the clock',
  funds: 'funds',
  disk: 'the key sink',
}

const CAPTION =
  'An orange border marks what is irreversible. The dashed box stands for all the stages that it names. `back off` waits, then tries the same again.'

/** The files this script writes, as they are to be. */
export const diagramFiles = (): Generated[] => [{ path: 'machines/README.md', text: machineReadme() }]

const diagram = (detail: Detail): string => `\`\`\`mermaid\n${toMermaid(graph, { detail })}\n\`\`\``

const childrenOf = (parent: string | null): GraphState[] => graph.states.filter((state) => state.parent === parent)

const stages = childrenOf(null).filter(({ type }) => type !== 'final')
const ends = childrenOf(null).filter(({ type }) => type === 'final')

// The machine's setup declares this type for its meta; the graph knows meta of any machine.
const metaOf = (state: GraphState): StateMeta => state.meta

const waitOf = (state: GraphState): string[] => {
  const { awaits } = metaOf(state)
  return awaits === undefined ? [] : [WAITS_FOR[awaits]]
}

function stageTable(): string {
  const rows = stages.map((stage) => {
    const waits = childrenOf(stage.path).flatMap(waitOf)
    const own = new Set(waits.filter((wait) => wait !== WAITS_FOR.clock))
    return [`\`${stage.path}\``, stage.description ?? '', [...own].join(', '), metaOf(stage).irreversible ?? '']
  })
  const outcomes = ends.map((end) => [`\`${end.path}\``, end.description ?? '', '', ''])
  return table(['state', 'what it does', 'waits for', 'irreversible'], [...rows, ...outcomes])
}

function stageSection(stage: GraphState): string {
  const { irreversible } = metaOf(stage)
  const rows = childrenOf(stage.path).map((state) => [
    `\`${state.key}\``,
    state.description ?? '',
    waitOf(state).join(', '),
    state.invokes.map((name) => `\`${name}\``).join(', '),
  ])
  return [
    `## ${stage.key}`,
    [stage.description, irreversible === undefined ? '' : `**Irreversible:** ${irreversible}`].join(' ').trim(),
    diagram({ inside: stage.path }),
    table(['state', 'what it does', 'waits for', 'effect'], rows),
  ].join('\n\n')
}

const machineReadme = (): string => `# The onboarding machine

For readers of the chart: every state and every transition of the machine, drawn and listed. \`venice-onboard export\` writes the
same as JSON for [Stately](https://stately.ai/docs/xstate) and \`createMachine\`, as SCXML, as DOT, or with the path of a run marked.

<!-- Written by scripts/diagram.ts from onboarding/machine.ts; do not edit. -->

${diagram('stages')}

${CAPTION}

${stageTable()}

${stages.map(stageSection).join('\n\n')}

## All of it

<details><summary>Every state and transition in one diagram</summary>

${diagram('full')}

</details>
`

if (process.argv[1] === import.meta.filename) {
  const root = dirname(import.meta.dirname)
  process.exitCode = publish(root, diagramFiles(), process.argv)
}
