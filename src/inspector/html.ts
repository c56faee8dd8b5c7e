import { createHash } from 'node:crypto'
import bundle from './generated/page.json' with { type: 'json' }
import type { Embedded } from './model/wire.ts'

/**
 * The whole page, with everything it needs in it.
 *
 * @returns `policy` is its Content-Security-Policy: only this script and this style, and no other address than its own.
 */
export function pageHtml(embedded: Embedded): { html: string; policy: string } {
  const { script, style } = bundle
  const connect = embedded.saved === null ? "'self'" : "'none'"
  const policy = [
    "default-src 'none'",
    `script-src '${digestOf(script)}'`,
    `style-src '${digestOf(style)}'`,
    'img-src data:',
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>venice-onboard</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<noscript>This page needs JavaScript; everything it runs is in it.</noscript>
<main id="app"></main>
<script type="application/json" id="embedded">${asData(embedded)}</script>
<script>${script}</script>
</body>
</html>
`
  return { html, policy: `${policy}; frame-ancestors 'none'` }
}

const digestOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

/** No text in the data can end the element it is in. */
const asData = (data: Embedded): string => JSON.stringify(data).replaceAll('<', '\\u003c')
