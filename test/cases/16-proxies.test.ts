import { expect, it } from 'vitest'
import { unusedProxies } from '../../src/cli/proxies.ts'

// Regression: issue 18, number 16 — HTTP(S)_PROXY was ignored without a message.
const SECRET = 'http://user:canary@proxy.example:8080'

it.each([
  [{ HTTPS_PROXY: SECRET }, 'HTTPS_PROXY is set but not used'],
  [{ http_proxy: SECRET }, 'http_proxy is set but not used'],
  [{ HTTPS_PROXY: SECRET, ALL_PROXY: SECRET, NO_PROXY: 'localhost' }, 'HTTPS_PROXY and ALL_PROXY are set but not used'],
])('the hint about proxies names no password (%#)', (env, said) => {
  for (const node of ['20.19.0', '22.21.0', '24.1.0']) {
    expect(unusedProxies(env, { node })).toContain(said)
    expect(unusedProxies(env, { node })).not.toContain('canary')
  }
})

it('a Node that cannot use proxies differs from one that is not told to', () => {
  expect(unusedProxies({ HTTPS_PROXY: SECRET, NODE_USE_ENV_PROXY: '1' }, { node: '20.19.0' })).toContain('Node 24')
  expect(unusedProxies({ HTTPS_PROXY: SECRET }, { node: '24.1.0' })).toContain(
    'set NODE_USE_ENV_PROXY=1 to use the proxy',
  )
})

it.each([
  [{}, '20.19.0'],
  [{ HTTPS_PROXY: '', NO_PROXY: '*' }, '20.19.0'],
  [{ HTTPS_PROXY: SECRET, NODE_USE_ENV_PROXY: '1' }, '24.1.0'],
])('%j on Node %s causes no hint', (env, node) => {
  expect(unusedProxies(env, { node })).toBeNull()
})
