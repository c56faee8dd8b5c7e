/** Presses the button of the page, and waits until it shows how the run ended. */
import { build } from 'esbuild'
import { Window } from 'happy-dom'
import { createElement, StrictMode } from 'react'
import { createMachineParts } from 'venice-onboard/core'

const { WALLET_PRIVATE_KEY: signer = '', BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '' } = process.env

const outfile = 'page.mjs'
const shared = { bundle: true, format: 'esm', jsx: 'automatic', packages: 'external', logLevel: 'error' } as const
await build({ entryPoints: ['react/page.tsx'], outfile, ...shared })
const { Page } = (await import(new URL(`../${outfile}`, import.meta.url).href)) as typeof import('./page.tsx')

const window = new Window({ url: 'http://localhost/' })
Object.assign(globalThis, { window, document: window.document })
const { createRoot } = await import('react-dom/client')

const wallet = {
  signer,
  network: { rpcUrl, apiUrl },
  budget: { maxVvv: '1', maxGasEth: '0.001' },
  sink: 'file:api-key',
}
const { machine, input, release } = await createMachineParts(wallet)
const { document } = window
createRoot(document.body as never).render(createElement(StrictMode, null, createElement(Page, { machine, input })))
const shows = (what: () => boolean) =>
  new Promise<void>((resolve) => {
    const seen = () => what() && resolve()
    new window.MutationObserver(seen).observe(document.body, { subtree: true, childList: true, characterData: true })
    seen()
  })
const stages = () => [...document.querySelectorAll('li')].map(({ textContent }) => textContent)
const status = () => document.querySelector('[role=status]')?.textContent
await shows(() => stages().length > 0)
const first = document.querySelector('[aria-current=step]')?.textContent
document.querySelector('button')?.click()
await shows(() => status() !== '' && status() !== undefined)
await release()
const well = first === 'checkBalance' && stages().length === 8 && status() === 'unfunded'
console.log(
  well ? 'well: a page with a button and a hook' : JSON.stringify({ first, stages: stages(), status: status() }),
)
process.exit(well ? 0 : 1)
