// The real clients of other products drive a real server: what people agreed to
// is stored, nothing else is, and a delivery that comes twice is stored once.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { axe, launch } from './stage.mjs'
import { openProxy } from './proxy.mjs'
import { accessKey, openShop, recombeeToken } from './shopserver.mjs'

const require = createRequire(import.meta.url)
const here = dirname(fileURLToPath(import.meta.url))

let shop, page
before(async () => {
  page = await openPage()
  shop = await openShop([page.origin])
  assert.equal(await shop.teach(), 660, 'the purchases of 165 people are stored')
}, { timeout: 600_000 })
after(async () => { await shop?.close(); page?.close() })

// outcomes are the fates of all events that passed through a proxy.
const outcomes = proxy => proxy.deliveries().flatMap(d => d.answer ? JSON.parse(d.answer).outcomes : [])
const fates = proxy => outcomes(proxy).map(o => o.reason ? `${o.status} ${o.reason}` : o.status)
const messages = delivery => JSON.parse(delivery.body).batch.map(e => e.messageId)

describe('@segment/analytics-node', () => {
  const { Analytics } = require('@segment/analytics-node')
  const open = proxy => new Analytics({ writeKey: shop.keys.write, host: proxy.base, flushInterval: 50 })
  const viewed = (userId, id, more = {}) => ({ userId, event: 'Product Viewed', properties: { product_id: id }, ...more })

  test('stores what somebody agreed to, and refuses others with 200', async () => {
    const proxy = await openProxy(shop.base)
    try {
      await shop.agree('node-yes')
      await shop.agree('node-no', 'user', 'denied')
      const client = open(proxy)
      const failed = []
      client.on('error', e => failed.push(e))
      client.track(viewed('node-yes', 'A1'))
      client.track({ userId: 'node-yes', event: 'Order Completed', properties: { order_id: 'o-1', products: [{ product_id: 'A2', quantity: 1, price: 3.5 }] } })
      client.track(viewed('node-no', 'A1'))
      client.track(viewed('node-stranger', 'A1'))
      client.identify({ userId: 'node-yes', traits: { email: 'never@stored.example' } })
      client.page({ userId: 'node-yes', name: 'Home', properties: { url: 'https://shop.example/?utm_source=mail' } })
      client.screen({ userId: 'node-yes', name: 'Main' })
      client.group({ userId: 'node-yes', groupId: 'g', traits: { name: 'Acme' } })
      await client.closeAndFlush()
      assert.deepEqual(failed, [], 'the client takes every answer for a success')
      assert.ok(proxy.deliveries().every(d => d.status === 200), JSON.stringify(proxy.deliveries().map(d => d.status)))
      assert.deepEqual((await shop.history('node-yes')).sort(), ['purchased A2', 'viewed A1'])
      assert.deepEqual(await shop.history('node-no'), [])
      assert.deepEqual(await shop.history('node-stranger'), [])
      const refused = outcomes(proxy).filter(o => o.status === 'refused')
      assert.equal(refused.length, 2, JSON.stringify(outcomes(proxy)))
      assert.ok(refused.every(o => o.reason), 'a refusal says why')
    } finally { proxy.close() }
  })

  test('comes again after 429 with the same message, and it is stored once', async () => {
    const proxy = await openProxy(shop.base)
    try {
      await shop.agree('node-retry')
      proxy.fail({ before: 429, headers: { 'retry-after': '1' } }, { lose: true }) // refused, then done but not heard
      const client = open(proxy)
      client.track(viewed('node-retry', 'A3'))
      await client.closeAndFlush()
      const [first, second, third] = proxy.deliveries()
      assert.deepEqual([first.status, second.status, third.status], [429, 200, 200])
      assert.deepEqual(messages(second), messages(first))
      assert.deepEqual(messages(third), messages(first))
      assert.deepEqual(fates(proxy), ['accepted', 'duplicate'])
      assert.deepEqual(await shop.history('node-retry'), ['viewed A3'])
    } finally { proxy.close() }
  })

  test('a consent object in an event decides about it', async () => {
    const proxy = await openProxy(shop.base)
    try {
      await shop.agree('node-consent')
      const client = open(proxy)
      client.track(viewed('node-consent', 'A1', { context: { consent: { categoryPreferences: { recommendations: false } } } }))
      await client.closeAndFlush()
      assert.deepEqual(await shop.history('node-consent'), [], 'a no in the event is obeyed: ' + fates(proxy))
    } finally { proxy.close() }
  })
})

describe('@rudderstack/rudder-sdk-node', () => {
  const Rudder = require('@rudderstack/rudder-sdk-node')
  const send = (client, fill) => new Promise((resolve, reject) => { fill(); client.flush(err => err ? reject(err) : resolve()) })

  test('stores what somebody agreed to: gzip under a wrong type, originalTimestamp', async () => {
    const proxy = await openProxy(shop.base)
    try {
      await shop.agree('rudder-yes')
      const client = new Rudder(shop.keys.write, { dataPlaneUrl: proxy.base, flushAt: 100 })
      const when = new Date(Date.now() - 3 * 86_400_000)
      await send(client, () => {
        client.track({ userId: 'rudder-yes', event: 'Product Viewed', properties: { product_id: 'A5' }, originalTimestamp: when })
        client.track({ userId: 'rudder-stranger', event: 'Product Viewed', properties: { product_id: 'A5' } })
        client.identify({ userId: 'rudder-yes', traits: { plan: 'free' } })
      })
      const [sent] = proxy.deliveries()
      assert.equal(sent.headers['content-encoding'], 'gzip')
      assert.doesNotMatch(sent.headers['content-type'] ?? '', /json/, 'the type says something else than JSON')
      assert.equal(sent.status, 200)
      assert.deepEqual(await shop.history('rudder-yes'), ['viewed A5'])
      assert.deepEqual(await shop.history('rudder-stranger'), [])
      const { events } = await shop.ask('GET', '/v1/subjects/rudder-yes/events', shop.keys.rights)
      assert.equal(JSON.stringify(events[0]).includes(when.toISOString().slice(0, 10)), true, 'it happened when originalTimestamp says: ' + JSON.stringify(events[0]))
    } finally { proxy.close() }
  })

  test('comes again with the same message, and it is stored once', async () => {
    const proxy = await openProxy(shop.base)
    try {
      await shop.agree('rudder-retry')
      proxy.fail({ before: 503 }, { lose: true })
      const client = new Rudder(shop.keys.write, { dataPlaneUrl: proxy.base, flushAt: 100 })
      await send(client, () => client.track({ userId: 'rudder-retry', event: 'Product Viewed', properties: { product_id: 'A6' } }))
      assert.deepEqual(fates(proxy), ['accepted', 'duplicate'])
      assert.deepEqual(await shop.history('rudder-retry'), ['viewed A6'])
    } finally { proxy.close() }
  })
})

describe('@segment/analytics-next, in a browser', () => {
  let browser
  before(async () => { browser = await launch() }, { timeout: 120_000 })
  after(async () => { await browser?.close() })

  // visit opens the shop's page with the client in it, as anonymousId.
  async function visit (proxy, anonymousId, options, steps) {
    const context = await browser.newContext()
    const tab = await context.newPage()
    tab.setDefaultTimeout(30_000)
    const wrong = []
    tab.on('pageerror', e => wrong.push(String(e)))
    try {
      await tab.goto(page.origin + '/product?utm_source=mail')
      await tab.evaluate(async ({ writeKey, cdnURL, anonymousId, options }) => {
        const [analytics] = await globalThis.AnalyticsBrowser.load({ writeKey, cdnURL }, { disableClientPersistence: true, ...options })
        analytics.setAnonymousId(anonymousId)
        globalThis.analytics = analytics
      }, { writeKey: shop.keys.browser, cdnURL: proxy.base, anonymousId, options })
      await steps(tab)
      assert.deepEqual(wrong, [])
    } finally { await context.close() }
  }
  const track = (tab, id) => tab.evaluate(id => globalThis.analytics.track('Product Viewed', { product_id: id }), id)
  const arrived = async (proxy, n) => {
    for (let i = 0; i < 200 && proxy.deliveries().filter(d => d.answer).length < n; i++) await new Promise(resolve => setTimeout(resolve, 50))
    return proxy.deliveries()
  }

  test('finds its settings and stores what a visitor agreed to', async () => {
    const proxy = await openProxy(shop.base)
    try {
      await shop.agree('visitor-yes', 'anonymous')
      await visit(proxy, 'visitor-yes', {}, async tab => {
        await track(tab, 'A7')
        await tab.evaluate(() => globalThis.analytics.page('Shop', 'Home'))
        await arrived(proxy, 2)
      })
      const settings = proxy.seen.find(e => e.path.startsWith('/v1/projects/'))
      assert.equal(settings.status, 200)
      assert.match(settings.answer, new RegExp(new URL(proxy.base).host), 'the page is told to send where it asked')
      assert.ok(proxy.seen.some(e => e.method === 'OPTIONS' && e.status === 204), 'the preflight is answered')
      assert.deepEqual(proxy.deliveries().map(d => [d.path, d.status]).sort(), [['/v1/p', 200], ['/v1/t', 200]])
      assert.match(proxy.deliveries()[0].headers['content-type'], /text\/plain/)
      assert.deepEqual(await shop.history('visitor-yes', 'anonymous'), ['viewed A7'])
    } finally { proxy.close() }
  })

  test('is answered 200 and not heard for a visitor who agreed to nothing', async () => {
    const proxy = await openProxy(shop.base)
    try {
      await visit(proxy, 'visitor-unknown', {}, async tab => { await track(tab, 'A7'); await arrived(proxy, 1) })
      assert.deepEqual(fates(proxy), ['refused not_permitted'])
      assert.deepEqual(proxy.deliveries().map(d => d.status), [200])
      assert.deepEqual(await shop.history('visitor-unknown', 'anonymous'), [])
    } finally { proxy.close() }
  })

  test('sends batches, and what comes again is stored once', async () => {
    const proxy = await openProxy(shop.base)
    try {
      await shop.agree('visitor-batch', 'anonymous')
      proxy.fail({ before: 429, headers: { 'retry-after': '1', 'access-control-allow-origin': page.origin, 'access-control-expose-headers': 'retry-after' } })
      const batching = { integrations: { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 2, timeout: 500 } } } } }
      await visit(proxy, 'visitor-batch', batching, async tab => {
        await Promise.all([track(tab, 'A8'), track(tab, 'A9')])
        await arrived(proxy, 1)
      })
      const batches = proxy.deliveries()
      assert.ok(batches.every(d => d.path === '/v1/b'), JSON.stringify(batches.map(d => d.path)))
      assert.equal(batches[0].status, 429)
      assert.deepEqual(messages(batches[1]).sort(), messages(batches[0]).sort())
      // The network sends the same delivery once more.
      const again = await fetch(shop.base + '/v1/b', { method: 'POST', headers: { authorization: batches[1].headers.authorization, origin: page.origin, 'content-type': 'text/plain' }, body: batches[1].body })
      assert.deepEqual((await again.json()).outcomes.map(o => o.status), ['duplicate', 'duplicate'])
      assert.deepEqual((await shop.history('visitor-batch', 'anonymous')).sort(), ['viewed A8', 'viewed A9'])
    } finally { proxy.close() }
  })

  test('a page of another origin is not let in', async () => {
    const stranger = await openPage()
    const proxy = await openProxy(shop.base)
    const context = await browser.newContext()
    try {
      const tab = await context.newPage()
      await tab.goto(stranger.origin + '/')
      const heard = await tab.evaluate(url => fetch(url).then(() => 'heard', () => 'not heard'), `${proxy.base}/v1/projects/${shop.keys.browser}/settings`)
      assert.equal(heard, 'not heard')
      assert.equal(proxy.seen[0].status, 403)
    } finally { await context.close(); proxy.close(); stranger.close() }
  })
})

describe('recombee-api-client', () => {
  const recombee = require('recombee-api-client')
  const { requests } = recombee
  const open = (token = recombeeToken, database = 'live-shop') => new recombee.ApiClient(database, token, { baseUri: new URL(shop.base).host, protocol: 'http' })

  test('gets what the API decides, with reasons and a receipt', async () => {
    await shop.agree('recombee-yes')
    await shop.ask('POST', '/v1/events', shop.keys.write, { events: [{ messageId: 'rc-1', userId: 'recombee-yes', action: 'purchased', item: 'A0', time: new Date().toISOString() }] })
    const answer = await open().send(new requests.RecommendItemsToUser('recombee-yes', 3, { returnProperties: true, includedProperties: ['title', 'price', 'reason', 'reasonItems'], cascadeCreate: true }))
    const ours = await shop.ask('POST', '/v1/decisions/recommendations', shop.keys.decide, { userId: 'recombee-yes', placement: 'for_you', count: 3 })
    assert.deepEqual(answer.recomms.map(r => r.id), ours.suggestions.map(s => s.item.id))
    assert.deepEqual(answer.recomms.map(r => r.values.reason), ours.suggestions.map(s => s.reason.sentence))
    assert.ok(answer.recomms.some(r => r.values.reasonItems?.includes('A0')), 'the reason rests on what they bought: ' + JSON.stringify(answer))
    const receipt = await shop.ask('GET', '/v1/receipts/' + answer.recommId, shop.keys.decide)
    assert.equal(receipt.level, 'full')
  })

  test('items to an item, by both methods of the wire', async () => {
    const answer = await open().send(new requests.RecommendItemsToItem('A0', null, 3, { returnProperties: true }))
    assert.ok(answer.recomms.length > 0)
    const get = new requests.RecommendItemsToItem('A0', 'recombee-yes', 3)
    get.method = 'GET'
    get.queryParameters = get.bodyParameters
    get.bodyParameters = () => ({})
    assert.ok((await open().send(get)).recomms.length > 0)
  })

  test('makes nobody, and gives somebody unknown what everybody gets', async () => {
    const before = (await shop.ask('GET', '/v1/doctor', shop.keys.admin)).subjects
    const answer = await open().send(new requests.RecommendItemsToUser('recombee-nobody', 3, { cascadeCreate: true }))
    const receipt = await shop.ask('GET', '/v1/receipts/' + answer.recommId, shop.keys.decide)
    assert.equal(receipt.level, 'generic')
    assert.equal((await shop.ask('GET', '/v1/doctor', shop.keys.admin)).subjects, before)
  })

  test('is refused with another token, another database, or a filter', async () => {
    const refused = (client, request, status) => assert.rejects(client.send(request), e => e.statusCode === status)
    await refused(open('another-token'), new requests.RecommendItemsToUser('recombee-yes', 3), 403)
    await refused(open(recombeeToken, 'other-shop'), new requests.RecommendItemsToUser('recombee-yes', 3), 404)
    await refused(open(), new requests.RecommendItemsToUser('recombee-yes', 3, { filter: "'price' > 3" }), 400)
  })
})

describe('@aws-sdk/client-personalize-runtime', () => {
  const { PersonalizeRuntimeClient, GetRecommendationsCommand } = require('@aws-sdk/client-personalize-runtime')
  const open = (credentials = accessKey) => new PersonalizeRuntimeClient({ endpoint: shop.base, region: 'eu-central-1', credentials, maxAttempts: 1 })
  const campaignArn = 'arn:aws:personalize:eu-central-1:000000000000:campaign/shop'

  test('gets what the API decides, with reasons and a receipt', async () => {
    await shop.agree('aws-yes')
    await shop.ask('POST', '/v1/events', shop.keys.write, { events: [{ messageId: 'aws-1', userId: 'aws-yes', action: 'purchased', item: 'A4', time: new Date().toISOString() }] })
    const answer = await open().send(new GetRecommendationsCommand({ campaignArn, userId: 'aws-yes', numResults: 3, metadataColumns: { ITEMS: ['TITLE'] } }))
    const ours = await shop.ask('POST', '/v1/decisions/recommendations', shop.keys.decide, { userId: 'aws-yes', placement: 'for_you', count: 3 })
    assert.deepEqual(answer.itemList.map(i => i.itemId), ours.suggestions.map(s => s.item.id))
    assert.deepEqual(answer.itemList.map(i => i.reason[0]), ours.suggestions.map(s => s.reason.sentence))
    assert.equal(answer.itemList[0].metadata.TITLE, ours.suggestions[0].item.title)
    const receipt = await shop.ask('GET', '/v1/receipts/' + answer.recommendationId, shop.keys.decide)
    assert.equal(receipt.level, 'full')
    const near = await open().send(new GetRecommendationsCommand({ campaignArn, itemId: 'A4', numResults: 3 }))
    assert.ok(near.itemList.length > 0 && near.itemList.every(i => i.itemId !== 'A4'))
  })

  test('somebody who said no gets what everybody gets', async () => {
    await shop.agree('aws-no', 'user', 'denied')
    const answer = await open().send(new GetRecommendationsCommand({ campaignArn, userId: 'aws-no', numResults: 3 }))
    const receipt = await shop.ask('GET', '/v1/receipts/' + answer.recommendationId, shop.keys.decide)
    assert.deepEqual([receipt.consentId ?? '', receipt.evidence ?? []], ['', []])
  })

  test('is refused with another secret, or a filter, in errors that the client knows', async () => {
    const ask = { campaignArn, userId: 'aws-yes', numResults: 3 }
    await assert.rejects(open({ ...accessKey, secretAccessKey: 'another' }).send(new GetRecommendationsCommand(ask)), e => e.name === 'AccessDeniedException' && e.$metadata.httpStatusCode === 403)
    await assert.rejects(open().send(new GetRecommendationsCommand({ ...ask, filterArn: 'arn:aws:personalize:eu-central-1:000000000000:filter/x' })), e => e.name === 'InvalidInputException' && /filter/.test(e.message))
  })
})

test('the page of the API can be read: no fault for axe, narrow too, nothing from elsewhere', async () => {
  const browser = await launch()
  try {
    for (const width of [1280, 320]) {
      const tab = await browser.newPage({ viewport: { width, height: 900 }, javaScriptEnabled: true })
      const foreign = []
      tab.on('request', r => { if (new URL(r.url()).origin !== shop.base) foreign.push(r.url()) })
      await tab.goto(shop.base + '/docs')
      assert.match(await tab.locator('#recommend').innerText(), /\/v1\/decisions\/recommendations/)
      assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing sticks out at ' + width)
      assert.deepEqual(await axe(tab), [])
      assert.deepEqual(foreign, [])
      await tab.close()
    }
  } finally { await browser.close() }
}, { timeout: 120_000 })

test('the log names nobody who was served', () => {
  assert.doesNotMatch(shop.log(), /node-yes|visitor-yes|rudder-yes|recombee-yes|aws-yes/)
})

// openPage serves the page of a shop with the browser client in it.
async function openPage () {
  const { outputFiles: [bundle] } = await build({
    stdin: { contents: "import { AnalyticsBrowser } from '@segment/analytics-next'; globalThis.AnalyticsBrowser = AnalyticsBrowser", resolveDir: here },
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
