import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { cliWords } from '../src/cli/told.ts'
import { type Action, action, inWords, type Setting, say, setting } from '../src/domain/next-action.ts'
import type { ExitClass, Recovery } from '../src/errors/base.ts'

/** One class of the catalogue, as its source says. */
export interface ErrorClass {
  name: string
  /** File that it is in, from the root of the catalogue. */
  file: string
  /** The words of its docblock. */
  meaning: string
  code: string
  recovery: Recovery
  exit: ExitClass
  /**
   * What to do about it: the property `hint`, or, where that depends on what happened, the tag `@hint` of the docblock. Null
   * where there is neither.
   */
  hint: string | null
}

interface Declaration {
  file: string
  node: ts.ClassDeclaration
  parent: string | undefined
}

/**
 * Reads every error class that can be thrown from the sources in `folder` and below. From the sources and not from instances, because
 * most constructors want to be told what happened, and because the meaning of a class is in its docblock.
 */
export function errorClassesIn(folder: string): ErrorClass[] {
  const declarations = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => declarationsIn(folder, file)),
  )
  return [...declarations]
    .filter(([name, { node }]) => isOnboardingError(name, declarations) && !isAbstract(node))
    .map(([name, { file, node }]) => {
      const literal = (property: string) => literalOf(name, property, declarations)
      // The compiler holds both to their unions: they are overrides of the base class's properties.
      const [recovery, exit] = [literal('recovery') as Recovery, literal('exit') as ExitClass]
      const hint = sentenceOf(name, declarations) ?? tagOf(node, 'hint')
      return { name, file, meaning: meaningOf(node), code: literal('code'), recovery, exit, hint }
    })
}

function declarationsIn(folder: string, file: string): [name: string, Declaration][] {
  const text = readFileSync(join(folder, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  return source.statements.filter(ts.isClassDeclaration).flatMap((node) => {
    const parent = node.heritageClauses?.[0]?.types[0]?.expression.getText()
    return node.name === undefined ? [] : [[node.name.text, { file, node, parent }]]
  })
}

function isOnboardingError(name: string, declarations: ReadonlyMap<string, Declaration>): boolean {
  const parent = declarations.get(name)?.parent
  return parent !== undefined && (parent === 'OnboardingError' || isOnboardingError(parent, declarations))
}

const isAbstract = (node: ts.ClassDeclaration): boolean =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword) ?? false

/** Value of a property that must be set to a plain string. */
function literalOf(name: string, property: string, declarations: ReadonlyMap<string, Declaration>): string {
  const text = plainStringOf(name, property, declarations)
  if (text === null) throw new Error(`The property ${property} of ${name} is not a plain string.`)
  return text
}

/** What a property is set to on the class or on one it extends; undefined where it is not. */
function initializerOf(
  name: string,
  property: string,
  declarations: ReadonlyMap<string, Declaration>,
): ts.Expression | undefined {
  const declaration = declarations.get(name)
  if (declaration === undefined) return undefined
  const member = declaration.node.members.find((candidate) => candidate.name?.getText() === property)
  if (member === undefined) return initializerOf(declaration.parent ?? '', property, declarations)
  return ts.isPropertyDeclaration(member) ? member.initializer : undefined
}

function plainStringOf(name: string, property: string, declarations: ReadonlyMap<string, Declaration>): string | null {
  const value = initializerOf(name, property, declarations)
  return value !== undefined && ts.isStringLiteralLike(value) ? value.text : null
}

/** The words of a tag in the docblock of a class; null where it has no such tag. */
function tagOf(node: ts.ClassDeclaration, tag: string): string | null {
  const found = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === tag)
  return ts.getTextOfJSDocComment(found?.comment) ?? null
}

/** The hint in the words of the command line; null where it depends on what happened. */
function sentenceOf(name: string, declarations: ReadonlyMap<string, Declaration>): string | null {
  const value = initializerOf(name, 'hint', declarations)
  if (value === undefined) return null
  if (ts.isStringLiteralLike(value)) return value.text
  if (!ts.isTaggedTemplateExpression(value) || !ts.isTemplateExpression(value.template)) return null
  const { head, templateSpans } = value.template
  const references = templateSpans.map(({ expression }) => referenceOf(expression))
  const known = references.filter((reference) => reference !== null)
  if (known.length < references.length) return null
  return inWords(say([head.text, ...templateSpans.map(({ literal }) => literal.text)], ...known), cliWords(''))
}

/** `action('wipe', { force: true })` or `setting('rpcUrl')`, as it is written. */
function referenceOf(expression: ts.Expression): Action | Setting | null {
  if (!ts.isCallExpression(expression)) return null
  const [first, second] = expression.arguments
  if (first === undefined || !ts.isStringLiteralLike(first)) return null
  if (expression.expression.getText() === 'setting') {
    return setting(first.text, second !== undefined && ts.isStringLiteralLike(second) ? second.text : undefined)
  }
  const given = second !== undefined && ts.isObjectLiteralExpression(second) ? [...second.properties] : []
  const entries = given
    .filter((property) => ts.isPropertyAssignment(property))
    .map(({ name, initializer }): [string, string | true] => [
      name.getText(),
      ts.isStringLiteralLike(initializer) ? initializer.text : true,
    ])
  return action(first.text as Action['action'], Object.fromEntries(entries))
}

const meaningOf = (node: ts.ClassDeclaration): string =>
  ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ')
