import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
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
      const hint = plainStringOf(name, 'hint', declarations) ?? tagOf(node, 'hint')
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

/** Value of a property that is set to a plain string, on the class or on one it extends; null where it is not. */
function plainStringOf(name: string, property: string, declarations: ReadonlyMap<string, Declaration>): string | null {
  const declaration = declarations.get(name)
  if (declaration === undefined) return null
  const member = declaration.node.members.find((candidate) => candidate.name?.getText() === property)
  if (member === undefined) return plainStringOf(declaration.parent ?? '', property, declarations)
  const value = ts.isPropertyDeclaration(member) ? member.initializer : undefined
  return value !== undefined && ts.isStringLiteralLike(value) ? value.text : null
}

/** The words of a tag in the docblock of a class; null where it has no such tag. */
function tagOf(node: ts.ClassDeclaration, tag: string): string | null {
  const found = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === tag)
  return ts.getTextOfJSDocComment(found?.comment) ?? null
}

const meaningOf = (node: ts.ClassDeclaration): string =>
  ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ')
