// OpenFeature's own clients ask a real server for flags: who agreed to tests is in
// one, everybody else gets control and is told so, and leaving shows control at once.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { OpenFeature } from '@openfeature/server-sdk'
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { launch } from './stage.mjs'
import { openShop } from './shopserver.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const labels = ['Buy now', 'Continue to payment']

let shop, page
before(async () => {
  page = await openPage()
  shop = await openShop([page.origin])
}, { timeout: 600_000 })
after(async () => { await OpenFeature.close(); await shop?.close(); page?.close() })

describe('@openfeature/server-sdk with ofrep-provider', () => {
  const open = async () => {
    await OpenFeature.setProviderAndWait('tactful', new OFREPProvider({ baseUrl: shop.base, headers: [['X-API-Key', shop.keys.decide]] }))
    return OpenFeature.getClient('tactful')
  }

  test('gets flags of each type, and its own default where there is none', async () => {
    const client = await open()
    const about = { targetingKey: 'node-1', loggedIn: true }
    const on = await client.getBooleanDetails('bool-on', false, about)
    assert.deepEqual([on.value, on.reason, on.variant], [true, 'TARGETING_MATCH', 'on'])
    assert.equal(await client.getNumberValue('num', 1, about), 3.5)
    assert.deepEqual(await client.getObjectValue('obj', {}, about), { layout: 'grid' })
    const none = await client.getStringDetails('none', 'mine', about)
    assert.deepEqual([none.value, none.errorCode], ['mine', 'FLAG_NOT_FOUND'])
  })

  test('who did not agree gets control, explicitly; who agrees is in the test; who leaves gets control at once', async () => {
    const client = await open()
    const about = { targetingKey: 'node-tested' }
    const ask = () => client.getStringDetails('button', 'code default', about)
    let d = await ask()
    assert.deepEqual([d.value, d.reason, d.variant], ['Buy now', 'DISABLED', 'control'])
    await shop.tests('node-tested', 'user', 'granted')
    d = await ask()
    assert.equal(d.reason, 'SPLIT', JSON.stringify(d))
    assert.equal(d.flagMetadata.experiment, 'calm-button')
    assert.ok(labels.includes(d.value))
    assert.equal((await ask()).value, d.value, 'a variant sticks')
    await shop.tests('node-tested', 'user', 'withdrawn')
    d = await ask()
    assert.deepEqual([d.value, d.reason, d.flagMetadata], ['Buy now', 'DISABLED', {}])
  })
})

describe('@openfeature/web-sdk with ofrep-web-provider', () => {
  let browser
  before(async () => { browser = await launch() })
  after(() => browser?.close())

  test('a page gets control, then its variant, then control again without asking: the stream says so', async () => {
    const context = await browser.newContext()
    try {
      const tab = await context.newPage()
      await tab.goto(page.origin + '/')
      const ask = () => tab.evaluate(() => globalThis.ask())
      await tab.evaluate(args => globalThis.open(args), { base: shop.base, key: shop.keys.browser, id: 'anon-web-1' })
      let d = await ask()
      assert.deepEqual([d.value, d.reason], ['Buy now', 'DISABLED'], JSON.stringify(d))
      await shop.tests('anon-web-1', 'anonymous', 'granted')
      await tab.evaluate(() => globalThis.again())
      d = await ask()
      assert.equal(d.reason, 'SPLIT', JSON.stringify(d))
      await shop.tests('anon-web-1', 'anonymous', 'withdrawn') // nobody asks again: the server's word comes over the stream
      for (let i = 0; d.reason !== 'DISABLED' && i < 100; i++) {
        await new Promise(resolve => setTimeout(resolve, 100))
        d = await ask()
      }
      assert.deepEqual([d.value, d.reason], ['Buy now', 'DISABLED'], JSON.stringify(d))
      assert.equal(await tab.evaluate(() => localStorage.length), 0, 'nothing is kept in the browser')
    } finally { await context.close() }
  })

  test('an account cannot be named with the key of a page', async () => {
    await shop.tests('an-account', 'user', 'granted')
    const context = await browser.newContext()
    try {
      const tab = await context.newPage()
      await tab.goto(page.origin + '/')
      await tab.evaluate(args => globalThis.open(args), { base: shop.base, key: shop.keys.browser, id: 'an-account' })
      assert.equal((await tab.evaluate(() => globalThis.ask())).reason, 'DISABLED')
    } finally { await context.close() }
  })
})

// openPage serves a page with OpenFeature's client for the web in it.
async function openPage () {
  const { outputFiles: [bundle] } = await build({
    stdin: {
      contents: `import { OpenFeature } from '@openfeature/web-sdk'
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider'
globalThis.open = async ({ base, key, id }) => {
  await OpenFeature.setContext({ targetingKey: id })
  await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: base, headers: [['Authorization', 'Bearer ' + key]], cacheMode: 'disabled', pollInterval: -1 }))
}
globalThis.again = () => OpenFeature.setContext({ ...OpenFeature.getContext(), page: Math.random() })
globalThis.ask = () => { const { value, reason, variant, errorCode, flagMetadata } = OpenFeature.getClient().getStringDetails('button', 'code default'); return { value, reason, variant, errorCode, flagMetadata } }`,
      resolveDir: here,
    },
    bundle: true, minify: true, write: false, format: 'iife', platform: 'browser', logLevel: 'error',
  })
  const server = createServer((q, s) => {
    if (q.url === '/bundle.js') { s.writeHead(200, { 'content-type': 'text/javascript' }); return s.end(bundle.contents) }
    s.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    s.end('<!doctype html><title>Shop</title><script src="/bundle.js"></script>')
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close() } }
}
