/**
 * Prints every string that people read, as `file:line`, what it is (a message, a hint, a description) and the text, so that
 * somebody can read them aloud. Holes of templates are shown as `…`.
 *
 * `--check` prints each use of a retired word in the product, its documents and its README instead, and exits 1 when there is one.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path/posix'
import ts from 'typescript'

/** Rooms whose strings reach a person. Of a machine, only its descriptions do. */
const SPOKEN = [
  ...['errors', 'cli', 'agent', 'fleet', 'gate', 'library', 'operations', 'sponsoring', 'sandbox', 'gateway'],
  ...['inspector/page', 'inspector/model', 'domain', 'driver', 'adapters/signers', 'adapters/sinks'],
].map((room) => `src/${room}`)

const READ = ['src', 'machines', 'docs', 'skills', 'examples', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']

/** Words that a reader has to translate, and what to write. */
const RETIRED: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, 'write "again"'],
  [/\b[Mm]end(?:s|ed|ing)?\b/, 'write "fix"'],
  [/\bbeside\b/i, 'write "next to", or "as well as"'],
  [/\bglanc(?:e|es|ing)\b/i, 'write "receipt check", or "poll"'],
  [/\bat last\b/i, 'write "finally", or "in the end"'],
  [/\bworth nothing\b/i, 'write "throwaway", or "without value"'],
  [/\b(?:go|goes|going|gone|went) on with\b/i, 'write "continue", or "resume"'],
  [/\b(?:leave|leaves|leaving|left)(?: \w+){0,3} away\b/i, 'write "omit", or "leave out"'],
  [/\bwhat (?:was|is) given as\b/i, 'name the thing: "the wallet", "the private key"'],
  [/\bno way on\b/i, 'say what cannot be done: "this version cannot migrate it"'],
  [/\bis no use\b/i, 'write "does not help"'],
  [/\bnobody's business\b/i, 'write "is ignored"'],
]

const filesIn = (path: string): string[] =>
  !existsSync(path)
    ? []
    : statSync(path).isFile()
      ? [path]
      : readdirSync(path, { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.(?:ts|md|mjs)$/.test(name) && !name.includes('generated'))
          .sort()
          .map((name) => join(path, name))

interface Spoken {
  at: string
  what: string
  text: string
}

function spokenIn(path: string): Spoken[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: Spoken[] = []
  const visit = (node: ts.Node): void => {
    const text = textOf(node)
    const what = whatIs(node.parent)
    if (text !== null && /[a-z]\S* \S/i.test(text) && (path.startsWith('src/') || what === 'description')) {
      found.push({ at: `${path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`, what, text })
    }
    if (!ts.isImportDeclaration(node)) ts.forEachChild(node, visit)
  }
  ts.forEachChild(source, visit)
  return found
}

function textOf(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return null
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…')
}

/** The property, variable or call that a string is for. */
function whatIs(node: ts.Node | undefined): string {
  if (node === undefined || ts.isSourceFile(node) || ts.isBlock(node)) return ''
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    const called = node.expression
    return called.kind === ts.SyntaxKind.SuperKeyword
      ? 'message'
      : ts.isPropertyAccessExpression(called)
        ? called.name.text
        : called.getText().slice(0, 20)
  }
  if (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) {
    return node.name.getText()
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return ts.isPropertyAccessExpression(node.left) ? node.left.name.text : node.left.getText()
  }
  return whatIs(node.parent)
}

function retiredIn(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      RETIRED.flatMap(([word, instead]) => {
        const used = word.exec(line)?.[0]
        return used === undefined ? [] : [`${path}:${index + 1}: "${used}": ${instead}`]
      }),
    )
}

if (process.argv.includes('--check')) {
  const retired = READ.flatMap(filesIn).flatMap(retiredIn)
  for (const line of retired) console.error(line)
  process.exitCode = retired.length > 0 ? 1 : 0
} else {
  const spoken = [...SPOKEN, 'machines'].flatMap(filesIn).filter((path) => path.endsWith('.ts'))
  for (const { at, what, text } of spoken.flatMap(spokenIn)) {
    console.log(`${at}\t${what}\t${text.replaceAll(/\s+/g, ' ').trim()}`)
  }
}
