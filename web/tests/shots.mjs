// Takes a picture of each page of the privacy centre: node tests/shots.mjs DIR
// (the demo is built and started, or the one at TACTFUL_URL is used).
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openHouse } from './house.mjs'
import { beAs, openStage } from './stage.mjs'

const place = process.argv[2]
if (!place) {
  console.error('usage: node tests/shots.mjs DIR [--only WORD]')
  process.exit(2)
}
const only = process.argv[3] === '--only' ? process.argv[4] : ''
mkdirSync(place, { recursive: true })
const stage = await openStage()
const house = await openHouse() // whose customers enter by links

const looks = [
  ['', {}],
  ['dark', { colorScheme: 'dark' }],
  ['small', { viewport: { width: 320, height: 640 } }],
  ['ar', { locale: 'ar-EG' }],
  ['de', { locale: 'de-DE' }],
  ['ar-small', { locale: 'ar-EG', viewport: { width: 320, height: 640 } }],
  ['discreet', { viewport: { width: 390, height: 844 } }],
]
const paths = {
  hub: '/privacy', uses: '/privacy/uses', ask: '/privacy/ask?level=full', interests: '/privacy/interests', history: '/privacy/history', why: '/privacy/why',
  needs: '/privacy/needs', messages: '/privacy/messages', how: '/privacy/how', notice: '/privacy/notice',
  tests: '/privacy/tests', data: '/privacy/data', erase: '/privacy/data/erase', help: '/privacy/help', error: '/privacy/nowhere', 'gone-nobody': '/privacy/gone',
}
let people = 0

// byLink walks the pages of those who enter by a link: the link, a request that was
// entered for them, its proof, what was said about it, and the end of it all.
async function byLink (page, shot, discreet) {
  const id = `shots-${++people}`
  await house.known(id)
  const proof = await house.proof(id)
  await page.goto(proof.url)
  await shot('proof')
  await page.locator('form[action="/privacy/link"] button').click()
  await page.waitForURL('**/privacy/proved')
  await shot('proved')
  await page.goto((await house.link(id)).url)
  await shot('link')
  await page.locator('form[action="/privacy/link"] button').click()
  await page.waitForURL('**/privacy')
  if (discreet) await hide(page)
  await shot('hub-by-link')
  await page.goto(house.base + '/privacy/needs')
  await shot('needs-by-link')
  await page.goto(house.base + '/privacy')
  await page.locator('button[name=level][value=generic]').click()
  await page.waitForSelector('.said')
  for (const name of ['needs', 'interests']) { // where lists are the same for everybody
    await page.goto(`${house.base}/privacy/${name}`)
    await shot(`${name}-idle`)
  }
  await page.locator('form[action="/privacy/topics"] button[value=muted]').last().click()
  await page.waitForSelector('.said')
  await shot('muted-idle')
  await page.goto(house.base + '/privacy/data')
  await shot('data-by-link')
  await page.goto(house.base + '/privacy/data')
  await page.locator('button[value=freeze]').click()
  await page.waitForSelector('.said')
  await shot('locked')
  await page.goto(house.base + '/privacy/history')
  await shot('history-locked')
  await page.goto(house.base + '/privacy/data/erase')
  await page.locator('main .btn.stop').click()
  await page.waitForURL('**/privacy/gone')
  await shot('gone')
  await page.goto(house.base + '/privacy')
  await shot('hub-without-link')
}

async function hide (page) {
  await page.locator('form[action="/privacy/discreet"] button[value=hide]').click()
  await page.waitForSelector('form.unreviewed')
}

for (const [look, options] of looks) {
  const context = await stage.browser.newContext({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1, ...options })
  const page = await context.newPage()
  const shot = async name => {
    if (only && !`${name} ${look}`.includes(only)) return
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (wide > 0) console.error(`${name} ${look} runs ${wide} pixels over the edge`)
    await page.screenshot({ path: join(place, [name, look].filter(Boolean).join('-') + '.png'), fullPage: true })
    console.log(name, look)
  }
  await page.goto(stage.base + '/')
  await shot('shop-asks')
  await page.goto(stage.base + '/privacy')
  await shot('hub-nobody')
  await beAs(page, stage.base, 2)
  if (look === 'discreet') {
    await page.goto(stage.base + '/privacy')
    await hide(page)
  }
  for (const [name, path] of Object.entries(paths)) {
    const answer = await page.goto(stage.base + path)
    if (answer.status() === (name === 'error' ? 404 : 200)) await shot(name)
  }
  await page.goto(stage.base + '/privacy/why')
  await page.locator('.log h2 a').first().click()
  await page.waitForSelector('.picks')
  await shot('receipt')
  await page.goto(stage.base + '/privacy/history')
  await page.locator('.rows a[href^="/privacy/history/"]').first().click()
  await page.waitForSelector('textarea')
  await shot('correct')
  await page.goto(stage.base + '/privacy/interests')
  await page.locator('button[value=unused]').first().click()
  await page.waitForSelector('.change')
  await shot('after')
  await page.locator('.said button').click()
  await page.waitForFunction(() => !document.querySelector('.said form'))
  if (look === 'discreet') { // the customer of the demo is for all
    await page.goto(stage.base + '/privacy')
    await page.locator('button[value=show]').first().click()
    await page.waitForFunction(() => !document.querySelector('button[value=show]'))
  }
  await byLink(page, shot, look === 'discreet')
  await context.close()
}
await house.close()
await stage.close()
