const SVG = 'http://www.w3.org/2000/svg'

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>
type Child = Node | string

/** An element with attributes and children. Text goes in as text, never as markup. */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  setAttributes(element, attributes)
  element.append(...children)
  return element
}

export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(SVG, name)
  setAttributes(element, attributes)
  element.append(...children)
  return element
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name)
    else if (element.getAttribute(name) !== String(value))
      element.setAttribute(name, value === true ? '' : String(value))
  }
}

/** Changes nothing when the text is there already: no work for the layout, and none for a screen reader. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Runs `work` once before the next frame, however often it is asked for. */
export function once(work: () => void): () => void {
  let isAsked = false
  return () => {
    if (isAsked) return
    isAsked = true
    requestAnimationFrame(() => {
      isAsked = false
      work()
    })
  }
}

/** A button that copies `text`, and says so. */
export function copyButton(text: string, what: string): HTMLButtonElement {
  const button = el('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${what}` }, 'Copy')
  button.addEventListener('click', async () => {
    // A page from a file may not reach the clipboard.
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
    setText(button, isCopied ? 'Copied' : 'No access')
    setTimeout(() => setText(button, 'Copy'), 1_500)
  })
  return button
}
