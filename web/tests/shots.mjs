// Takes a picture of each page of the privacy centre: node tests/shots.mjs DIR
// (the demo is built and started, or the one at TACTFUL_URL is used).
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beAs, openStage } from './stage.mjs'

const place = process.argv[2]
if (!place) {
  console.error('usage: node tests/shots.mjs DIR [--only WORD]')
  process.exit(2)
}
const only = process.argv[3] === '--only' ? process.argv[4] : ''
mkdirSync(place, { recursive: true })
const stage = await openStage()

const looks = [
  ['', {}],
  ['dark', { colorScheme: 'dark' }],
  ['small', { viewport: { width: 390, height: 844 } }],
  ['ar', { locale: 'ar-EG' }],
  ['de', { locale: 'de-DE' }],
]
const paths = {
  hub: '/privacy', uses: '/privacy/uses', ask: '/privacy/ask?level=full', interests: '/privacy/interests', history: '/privacy/history', why: '/privacy/why',
  needs: '/privacy/needs', messages: '/privacy/messages', how: '/privacy/how', notice: '/privacy/notice',
  tests: '/privacy/tests', data: '/privacy/data', erase: '/privacy/data/erase', help: '/privacy/help',
}

for (const [look, options] of looks) {
  const context = await stage.browser.newContext({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1, ...options })
  const page = await context.newPage()
  const shot = async name => {
    if (only && !`${name} ${look}`.includes(only)) return
    await page.screenshot({ path: join(place, [name, look].filter(Boolean).join('-') + '.png'), fullPage: true })
    console.log(name, look)
  }
  await page.goto(stage.base + '/')
  await shot('shop-asks')
  await page.goto(stage.base + '/privacy')
  await shot('hub-nobody')
  await beAs(page, stage.base, 2)
  for (const [name, path] of Object.entries(paths)) {
    const answer = await page.goto(stage.base + path)
    if (answer.status() === 200) await shot(name)
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
  await context.close()
}
await stage.close()
