import { createHash } from 'node:crypto'
import gateway from './generated/gateway.json' with { type: 'json' }
import run from './generated/page.json' with { type: 'json' }
import type { Embedded } from './model/wire.ts'

/** A page, and its Content-Security-Policy: only its script and its style, and no other address than its own. */
export interface PageHtml {
  html: string
  policy: string
}

/** The whole page of a run, with everything it needs in it. */
export const pageHtml = (embedded: Embedded): PageHtml =>
  htmlOf(run, { data: embedded, isLive: embedded.saved === null })

/** The page of a gateway, all of whose content is streamed. */
export const gatewayHtml = (): PageHtml => htmlOf(gateway, { data: null, isLive: true })

function htmlOf(
  { script, style }: { script: string; style: string },
  { data, isLive }: { data: Embedded | null; isLive: boolean },
): PageHtml {
  const connect = isLive ? "'self'" : "'none'"
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
<script type="application/json" id="embedded">${asData(data)}</script>
<script>${script}</script>
</body>
</html>
`
  return { html, policy: `${policy}; frame-ancestors 'none'` }
}

const digestOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

/** No text in the data can end the element it is in. */
const asData = (data: Embedded | null): string => JSON.stringify(data).replaceAll('<', '\\u003c')
