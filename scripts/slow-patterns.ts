import { type AST, parseRegExpLiteral } from '@eslint-community/regexpp'
import { analyse } from 'scslre'
import ts from 'typescript'

/**
 * Why `pattern` can take more than linear time on some text; empty when it cannot.
 *
 * scslre finds nested and overlapping quantifiers. It does not count what a search does that begins again at each place of the
 * text, so that is checked here: a quantifier without an upper bound, in a pattern that may begin anywhere, must be the last
 * thing that can fail. `/<title[^>]*>/` on `<title<title…` reads the rest of the text from each `<title` on.
 */
export function slowIn(pattern: RegExp): string[] {
  const reports = analyse(pattern).reports.map(({ exponential, type }) =>
    exponential ? `exponential (${type})` : `quadratic (${type})`,
  )
  const { pattern: ast } = parseRegExpLiteral(pattern)
  const restarts = pattern.sticky
    ? []
    : ast.alternatives.filter((each) => !isAnchored(each) && restartsIn(each.elements, false))
  return [...new Set([...reports, ...restarts.map(({ raw }) => `quadratic: /${raw}/ is searched from every place`)])]
}

/** Every match begins at the start of the text. */
function isAnchored({ elements: [first] }: AST.Alternative): boolean {
  if (first === undefined) return false
  if (first.type === 'Assertion') return first.kind === 'start'
  return isGroup(first) && first.alternatives.every(isAnchored)
}

/** @param mayFailAfter - something that follows `elements` may not be there. */
function restartsIn(elements: readonly AST.Element[], mayFailAfter: boolean): boolean {
  return elements.some((element, index) => {
    const mayFail = mayFailAfter || elements.slice(index + 1).some(mayNotMatch)
    return isUnbounded(element, mayFail)
  })
}

function isUnbounded(element: AST.Element, mayFail: boolean): boolean {
  if (element.type === 'Quantifier') {
    return (element.max === Number.POSITIVE_INFINITY && mayFail) || isUnbounded(element.element, mayFail)
  }
  if (isGroup(element)) return element.alternatives.some(({ elements }) => restartsIn(elements, mayFail))
  if (element.type === 'Assertion' && (element.kind === 'lookahead' || element.kind === 'lookbehind')) {
    return element.alternatives.some(({ elements }) => restartsIn(elements, true))
  }
  return false
}

/** The text may not have what `element` matches. */
function mayNotMatch(element: AST.Element): boolean {
  if (element.type === 'Quantifier') return element.min > 0 && mayNotMatch(element.element)
  if (isGroup(element)) return element.alternatives.every(({ elements }) => elements.some(mayNotMatch))
  return true
}

const isGroup = (element: AST.Element): element is AST.Group | AST.CapturingGroup =>
  element.type === 'Group' || element.type === 'CapturingGroup'

/** The regular expression literals in a source, and where each begins. */
export function literalsIn(file: ts.SourceFile): { pattern: RegExp; node: ts.Node }[] {
  const found: { pattern: RegExp; node: ts.Node }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      found.push({ pattern: new RegExp(node.text.slice(1, end), node.text.slice(end + 1)), node })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** `path` as the compiler reads it. */
export const sourceFile = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
