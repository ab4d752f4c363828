// Walks the demo's privacy centre: every right by keyboard alone, by roles and
// names alone, without JavaScript, narrow, large, in Arabic, in forced colours.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { openHouse } from './house.mjs'
import { axe, beAs, openStage, smallTargets } from './stage.mjs'
import { named, wordsOf } from './words.mjs'

let stage, house // the demo, and a business whose customers enter by links
before(async () => { stage = await openStage(); house = await openHouse() }, { timeout: 600_000 })
after(async () => { await house?.close(); await stage?.close() })

async function walk (options, steps, base = stage.base) {
  const context = await stage.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const wrong = []
  page.on('console', m => { if (m.type() === 'error' && !/status of 404/.test(m.text())) wrong.push(m.text()) })
  page.on('pageerror', e => wrong.push(String(e)))
  page.on('request', r => {
    const url = new URL(r.url())
    if (url.origin !== base) wrong.push('asks another host: ' + r.url())
    const referrer = r.headers().referer
    if (referrer && new URL(referrer).origin !== base) wrong.push('tells where it comes from: ' + referrer)
  })
  try {
    await steps(page, context)
    assert.deepEqual(wrong, [], 'nothing goes wrong on the way')
  } finally {
    await context.close()
  }
}

const paths = ['/privacy', '/privacy/uses', '/privacy/ask?level=full', '/privacy/interests', '/privacy/history', '/privacy/needs', '/privacy/messages', '/privacy/why',
  '/privacy/tests', '/privacy/data', '/privacy/data/erase', '/privacy/how', '/privacy/notice', '/privacy/help', '/privacy/nowhere']
const status = page => page.locator('[role=status]').innerText()
const en = wordsOf('en')
// done waits, with JavaScript or without, until the page says what was done.
const done = async (page, words = /^(Done|Thank you)\./) => {
  let said = ''
  for (let i = 0; i < 100; i++) {
    said = await page.locator('[role=status]').first().innerText({ timeout: 100 }).catch(() => '')
    if (words.test(said)) return said
    await page.waitForTimeout(100)
  }
  const title = await page.locator('h1').first().innerText({ timeout: 1000 }).catch(() => '')
  assert.fail(`the page ${JSON.stringify(title)} says ${JSON.stringify(said)} for ${words}`)
}

// newcomer gives the page somebody of their own, by a yes.
async function newcomer (page, say = en, hands = byRoles) {
  await page.goto(stage.base + '/privacy/uses')
  await hands.press(page, say('use.recommendations.yes'))
  await done(page, say.like('said.yes.recommendations'))
  for (const item of ['22699', '85123A', '22423']) {
    await page.goto(stage.base + '/item/' + item) // things to have a history of
    await page.locator('form[action="/basket"] button[value=add]').click() // and a number that can be wrong
    await page.waitForSelector('form[action="/basket"] button[value=remove]')
  }
}

// rights are every control of the centre: its page, what opens it (a button says
// something itself, a link leads to an address), what is pressed, what is said then, where the effect is seen, and which words it has.
const level = page => page.locator('.choice.on h3').innerText()
const part = place => page => page.locator(place).innerText()
const asked = async page => { // on record as a request
  await page.goto(new URL('/privacy/data', page.url()).href)
  return page.locator('[aria-labelledby=requests]').innerText()
}
const copied = name => ({ file: name })
const rights = (say, needs) => [
  ['level: same for everyone', '', [], say('level.choose', 'level.generic'), 'level.generic', level, 'level.generic', true],
  ['level: only this page', '', [], say('level.choose', 'level.context'), 'level.context', level, 'level.context', true],
  ['level: full', '', [], say('level.choose', 'level.full'), 'level.full', level, 'level.full', true],
  ['a pause', '', [], say('pause.start'), 'pause.on', part('main'), 'pause.until', true],
  ['a pause that ends', '', [['button', say('pause.start'), 'pause.on']], say('pause.end'), 'pause.off', part('main'), 'pause.start', false],
  ['kept on the device', '', [], say('device.keep'), 'device.on', part('[aria-labelledby=device]'), 'device.now', true],
  ['hidden names', '', [], say('discreet.hide'), 'discreet.on', part('form.unreviewed'), 'discreet.now', true],
  ['yes to learning', '/uses', [], say('use.improvement.yes'), 'yes.improvement', part('[aria-labelledby=use-improvement]'), 'answer.granted', true],
  ['no to picking', '/uses', [], say('use.recommendations.no'), 'no.recommendations', part('[aria-labelledby=use-recommendations]'), 'answer.withdrawn', true],
  ['no to learning', '/uses', [['button', say('use.improvement.yes'), 'yes.improvement']], say('use.improvement.no'), 'no.improvement', part('[aria-labelledby=use-improvement]'), 'answer.withdrawn', true],
  ['the record of an answer', '/uses', [['summary', say('uses.record')]], say('uses.record.get', 'use.recommendations'), copied('consent.jsonld')],
  ['more of a topic', '/interests', [], say.of('wish.do.more'), 'wish.more', part('.interests'), 'wish.more', true],
  ['less of a topic', '/interests', [], say.of('wish.do.less'), 'wish.less', part('.interests'), 'wish.less', true],
  ['a topic muted', '/interests', [], say.of('wish.do.muted'), 'wish.muted', part('.interests'), 'wish.muted', true],
  ['an interest removed', '/interests', [], say.of('interests.remove'), 'interest.unused', part('.interests'), 'interests.again', true],
  ['an interest that is wrong', '/interests', [], say.of('interests.wrong'), 'interest.wrong', part('.interests'), 'interests.again', true],
  ["don't use this", '/history', [], say.of('set.unused'), 'setting.unused', part('.rows'), 'setting.unused', true],
  ['a gift', '/history', [], say.of('set.gift'), 'setting.gift', part('.rows'), 'setting.gift', true],
  ['another number', '/history', [['link', say.of('correct.go')], ['field', say.of('correct.number'), '3']], say.of('correct.count'), 'correct.count', part('section.change'), 'change.before', true],
  ['all of a week', '/history', [], say('range.week'), 'range.unused', part('.rows'), 'setting.unused', true],
  ...(needs ? [['a need', '/needs', [['select', say('need.diet'), 'vegan']], say('needs.save'), 'needs', async page => await page.locator('#need-diet').inputValue() === 'vegan', true, true]] : []),
  ['an occasion skipped', '/needs', [['checkbox', say('occasion.christmas')]], say('needs.save'), 'needs', page => page.getByRole('checkbox', { name: say('occasion.christmas') }).isChecked(), true, true],
  ['larger letters', '/needs', [['checkbox', say('needs.easy')]], say('needs.save'), 'needs', page => page.evaluate(() => document.body.classList.contains('easy')), true, true],
  ['yes to messages', '/messages', [], say('use.messages_email.yes'), 'yes.other', part('[aria-labelledby=use-messages_email]'), 'uses.on', true],
  ['no to messages', '/messages', [['button', say('use.messages_email.yes'), 'yes.other']], say('use.messages_email.no'), 'no.other', part('[aria-labelledby=use-messages_email]'), 'uses.off', true],
  ['one message a week', '/messages', [['radio', say('messages.week.1')]], say('needs.save'), 'messages', page => page.getByRole('radio', { name: say('messages.week.1') }).isChecked(), true, true],
  ['a list that feels creepy', '/why', [], say.of('report.creepy'), 'report.creepy.all', part('.log'), 'feedback.creepy', true],
  ['a person looks at a decision', '/why', [['link', say('place.for_you') + ', '], ['summary', say('review.open')]], say('review.do'), 'review', part('[aria-labelledby=requests]'), 'right.review', false],
  ['a copy to read', '/data', [], say('copy.html'), copied('my-data.html')],
  ['a copy of all data', '/data', [], say('copy.json'), copied('my-data.json')],
  ['a copy as a table', '/data', [], say('copy.csv'), copied('my-data.csv')],
  ['a copy to take along', '/data', [], say('copy.portable'), copied('my-data-to-take-along.json')],
  ['locked data', '/data', [], say('data.freeze.do'), 'freeze', part('[aria-labelledby=freeze]'), 'data.thaw', true],
  ['data unlocked', '/data', [['button', say('data.freeze.do'), 'freeze']], say('data.thaw'), 'thaw', part('[aria-labelledby=freeze]'), 'data.freeze.do', false],
  ['locked data that is unlocked where the history stands', '/data', [['button', say('data.freeze.do'), 'freeze'], ['link', say('menu.history'), /\/history$/]], say('data.thaw'), 'thaw', part('[aria-labelledby=freeze]'), 'data.freeze.do', false],
  ['advertising allowed again', '/data', [['button', say('data.object.do'), 'object']], say('data.allow'), 'allow', part('[aria-labelledby=object]'), 'data.object.do', false],
  ['no advertising', '/data', [], say('data.object.do'), 'object', part('[aria-labelledby=object]'), 'data.object.on', true],
  ['not me', '/history', [['link', say.of('correct.go')]], say.of('correct.notmine'), 'correct.notmine', asked, 'right.rectification', false],
  ['what is wrong, in words', '/history', [['link', say.of('correct.go')], ['field', say('correct.say'), 'blue']], say('review.do'), 'review', part('[aria-labelledby=requests]'), 'right.rectification', false],
  ['a request taken back', '/data', [], say.of('requests.cancel'), 'cancelled', part('[aria-labelledby=requests]'), 'state.cancelled', false],
  ['one thing deleted', '/history', [['summary', say.of('forget.one')]], say.of('forget.do'), 'forgot', part('section.change'), 'change.before', false],
  ['a stretch of time deleted', '/history', [['summary', say('forget.many')]], say('forget.hour'), 'forgot', part('section.change'), 'change.before', false],
  ['everything off', '/why', [], say('off'), 'off', level, 'level.generic', true],
  ['everything deleted', '/data/erase', [], say('erase.do'), 'gone', part('h1'), 'title.gone', false],
]

// tabTo goes by the Tab key to what has a name, as screen readers say it.
async function tabTo (page, name) {
  const wanted = named(name)
  for (let i = 0; i < 300; i++) {
    await page.keyboard.press('Tab')
    const here = await page.evaluate(() => { // what is read out
      const e = document.activeElement
      if (!e || e === document.body) return ''
      const label = e.labels?.[0]
      return (e.getAttribute('aria-label') || label?.textContent || e.textContent || '').trim().replace(/\s+/g, ' ')
    })
    if (wanted.test(here)) return
  }
  assert.fail('never came to ' + name)
}

const byKeyboard = {
  async open (page, [role, name, text], say) {
    if (role === 'radio') { // Tab comes to the one that is on, arrows go from there
      await tabTo(page, say('messages.week.'))
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown')
      return
    }
    await tabTo(page, name)
    if (role === 'select') {
      await page.keyboard.type(text[0])
      return
    }
    if (role === 'field') { // Tab selects a number, and what is typed takes its place
      await page.keyboard.press('Control+A')
      await page.keyboard.type(text)
      return
    }
    await page.keyboard.press(role === 'checkbox' ? 'Space' : 'Enter')
  },
  async press (page, name) { await tabTo(page, name); await page.keyboard.press('Enter') },
  async choose (page, name, file) {
    // Asked for before the way there begins: a choice that opens before the browser is told to hand it over
    // stays open unseen, and no later press opens another.
    const opened = page.waitForEvent('filechooser', { timeout: 20000 }).catch(() => undefined)
    await tabTo(page, name)
    await page.keyboard.press('Enter')
    const chooser = await opened
    assert.ok(chooser, 'the key does not open the choice of a file')
    await chooser.setFiles({ name: 'my-data-to-take-along.json', mimeType: 'application/json', buffer: readFileSync(file) })
  },
}
const byRoles = {
  async open (page, [role, name, text]) {
    if (role === 'summary') await page.locator('summary', { hasText: named(name) }).first().click()
    else if (role === 'field') await page.getByRole('spinbutton', { name: named(name) }).or(page.getByRole('textbox', { name: named(name) })).first().fill(text)
    else if (role === 'select') await page.getByRole('combobox', { name: named(name) }).selectOption(text)
    else if (role === 'button') await this.press(page, name)
    else if (role === 'link') await page.getByRole(role, { name: named(name) }).first().click()
    else await page.getByRole(role, { name, exact: true }).check()
  },
  async choose (page, name, file) { await page.getByLabel(name).setInputFiles({ name: 'my-data-to-take-along.json', mimeType: 'application/json', buffer: readFileSync(file) }) },
  async press (page, name) { await page.getByRole('button', { name: named(name) }).or(page.getByRole('link', { name: named(name) })).first().click() },
}

// large doubles the size of all text where the browser would: in the style, so
// that it holds without JavaScript too.
const large = context => context.route('**/privacy/centre.css', async route => {
  const sheet = await route.fetch()
  await route.fulfill({ response: sheet, body: await sheet.text() + '\nhtml { font-size: 200% }' })
})

// conditions are what is asked of a walk, read back from the page: a walk that
// only believes to be in forced colours shows nothing.
const conditions = page => page.evaluate(() => ({
  lang: document.documentElement.lang, dir: document.documentElement.dir, width: innerWidth,
  forced: matchMedia('(forced-colors: active)').matches, still: matchMedia('(prefers-reduced-motion: reduce)').matches,
  text: parseFloat(getComputedStyle(document.documentElement).fontSize),
}))
const usual = { lang: 'en', dir: 'ltr', width: 1280, forced: false, still: false, text: 16 }

// exercise uses every right, one after the other.
async function exercise (page, base, say, hands, wanted) {
  for (const [name, path, openers, press, said, look, shows, undone] of rights(say, base === house.base)) { // the demo declares no needs
    await page.goto(base + '/privacy' + path)
    assert.deepEqual(await conditions(page), wanted, name)
    for (const opener of openers) {
      await hands.open(page, opener, say)
      if (opener[0] === 'link') await page.waitForURL(opener[2] ?? /\/(why|history)\/./)
      if (opener[0] === 'button') await done(page, say.like('said.' + opener[2]))
    }
    if (said.file) {
      const file = page.waitForEvent('download')
      await hands.press(page, press)
      const got = await file
      assert.equal(got.suggestedFilename(), said.file)
      assert.ok(readFileSync(await got.path()).length > 100, `${name} is empty`)
      continue
    }
    await hands.press(page, press)
    await done(page, say.like(said === 'gone' ? 'gone.lead' : 'said.' + said))
    const seen = await look(page)
    if (shows === true) assert.equal(seen, true, name)
    else assert.match(seen, say.like(shows), name)
    assert.ok(await wide(page) <= 0, `${name}: ${await wide(page)} pixels too wide`)
    if (!undone) continue
    await hands.press(page, say('undo'))
    await done(page, say.like('said.undone'))
  }
}

const small = { viewport: { width: 320, height: 640 } }
const plain = { javaScriptEnabled: false }
const arabic = { locale: 'ar-EG' }
const ways = [
  ['by keyboard alone', byKeyboard, {}, {}],
  ['by keyboard alone, without JavaScript', byKeyboard, plain, {}],
  ['by roles and names alone', byRoles, {}, {}],
  ['by roles and names alone, without JavaScript, at 320 pixels', byRoles, { ...plain, ...small }, { width: 320 }],
  ['by roles and names alone, in Arabic, without JavaScript, at 320 pixels, in forced colours, with reduced motion', byRoles,
    { ...arabic, ...plain, ...small, forcedColors: 'active', reducedMotion: 'reduce' }, { lang: 'ar', dir: 'rtl', width: 320, forced: true, still: true }],
  ['by keyboard alone, in Arabic, with text at 200 %', byKeyboard, { ...arabic, viewport: { width: 640, height: 900 } }, { lang: 'ar', dir: 'rtl', width: 640, text: 32 }],
]

for (const [how, hands, options, changed] of ways) {
  const wanted = { ...usual, ...changed }
  const say = wordsOf(wanted.lang)
  test(`every right is exercised ${how}`, () => walk(options, async (page, context) => {
    if (wanted.text > usual.text) await large(context)
    await newcomer(page, say, hands)
    await exercise(page, stage.base, say, hands, wanted)
  }), { timeout: 420_000 })

  test(`who comes by a link goes in, uses every right and leaves ${how}`, () => walk(options, async (page, context) => {
    if (wanted.text > usual.text) await large(context)
    const id = 'linked-' + ways.findIndex(w => w[0] === how)
    await house.known(id)
    const go = async (address, press, lands) => {
      await page.goto(address)
      await page.goto(address) // looking at it changes nothing
      assert.deepEqual(await conditions(page), wanted)
      assert.ok(await wide(page) <= 0, `${lands}: ${await wide(page)} pixels too wide`)
      await hands.press(page, press)
      await page.waitForURL(house.base + lands)
    }
    const proof = await house.proof(id)
    await go(proof.url, say('proof.do'), '/privacy/proved')
    assert.match(await page.locator('main').innerText(), say.like('proved.text'))
    await page.goto(house.base + '/privacy')
    assert.match(await page.locator('main').innerText(), say.like('enter.title'), 'a proof opens nothing')

    const link = await house.link(id)
    await go(link.url, say('link.do'), '/privacy')
    await hands.press(page, say('leave'))
    await page.waitForSelector('[aria-labelledby=enter]')
    await page.goto(link.url) // it was used
    await hands.press(page, say('link.do'))
    await page.waitForSelector('main .lead')
    assert.match(await page.locator('main').innerText(), say.like('error.not_found'))
    const token = house.token(id)
    await go(house.base + '/privacy/link/' + token, say('link.do'), '/privacy')
    await page.goto(house.base + '/privacy/data')
    assert.match(await page.locator('main').innerText(), say.like('right.access'), 'who came by a token sees what was asked in their name')
    const takeAlong = async () => {
      await page.goto(house.base + '/privacy/data')
      const file = page.waitForEvent('download')
      await hands.press(page, say('copy.portable'))
      return (await file).path()
    }
    const file = await takeAlong()
    await hands.press(page, say('leave'))
    await page.waitForSelector('[aria-labelledby=enter]')

    const stranger = await house.link('stranger-' + id, { newcomer: true })
    await go(stranger.url, say('link.do'), '/privacy')
    const bring = async () => {
      await page.goto(house.base + '/privacy/data')
      await hands.choose(page, say('bring.file'), file)
      await hands.press(page, say('bring.do'))
    }
    await bring()
    await done(page, say.like('said.brought.none'))
    const asks = await page.locator('.said ul a').evaluateAll(links => links.map(a => a.hash.slice('#use-'.length)))
    assert.deepEqual(asks, ['recommendations'], 'what the file says yes to is asked here')
    assert.ok(await wide(page) <= 0, `bringing a file: ${await wide(page)} pixels too wide`)
    for (const use of asks) {
      await page.goto(house.base + '/privacy/uses')
      await hands.press(page, say(`use.${use}.yes`))
      await done(page, say.like('said.yes.' + use))
    }
    await bring()
    await done(page, say.like('said.brought'))
    assert.ok(await wide(page) <= 0, `bringing a file: ${await wide(page)} pixels too wide`)
    const did = file => {
      const all = JSON.parse(readFileSync(file, 'utf8'))
      return [all.event, all.setting, all.preferences]
    }
    assert.ok(did(file)[0].length > 0)
    assert.deepEqual(did(await takeAlong()), did(file), 'what was brought is the same')
    await hands.press(page, say('leave'))
    await page.waitForSelector('[aria-labelledby=enter]')

    await go(house.base + '/privacy/link/' + house.token(id), say('link.do'), '/privacy')
    await exercise(page, house.base, say, hands, wanted)
    await page.goto(house.base + '/privacy')
    assert.match(await page.locator('main').innerText(), say.like('enter.title'), 'the visit ended with the person')
    await page.goto(house.base + '/privacy/link/' + token)
    await hands.press(page, say('link.do'))
    await page.waitForSelector('main .lead')
    assert.match(await page.locator('main').innerText(), say.like('error.not_found'))
  }, house.base), { timeout: 420_000 })
}

test('the question: Escape says no, and so does the X', () => walk({}, async (page, context) => {
  for (const say of [() => page.keyboard.press('Escape'), () => page.getByRole('button', { name: 'Close. This means no.' }).click()]) {
    await context.clearCookies()
    await page.goto(stage.base + '/')
    assert.equal(await page.locator('[data-ask]').count(), 1)
    await say()
    await page.waitForSelector('[role=status]')
    assert.match(await status(page), /We do not pick for you/)
    assert.equal(await page.locator('[data-ask]').count(), 0)
    assert.deepEqual((await context.cookies()).filter(c => c.name === 'shop_who'), [])
  }
}))

test('what is chosen in the centre shows in the shop at once', () => walk({}, async page => {
  await newcomer(page)
  const made = () => page.locator('section[aria-labelledby=list-foryou] .made').innerText()
  await page.goto(stage.base + '/')
  assert.equal(await made(), 'Made from: What you do with us')
  await page.goto(stage.base + '/privacy/history')
  await page.getByRole('button', { name: 'Turn everything off' }).click()
  await done(page)
  await page.goto(stage.base + '/')
  assert.equal(await made(), 'Made from: Same for everyone')
  assert.equal(await page.locator('.behind').count(), 0)
}))

test('the enhancer keeps the page and moves the focus to what was done', () => walk({}, async page => {
  await newcomer(page)
  await page.goto(stage.base + '/privacy')
  await page.evaluate(() => { window.stays = true })
  await page.getByRole('button', { name: named('Choose this: Only this page') }).click()
  await done(page)
  assert.equal(await page.evaluate(() => window.stays), true, 'the page was loaded anew')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'said')
  await page.getByRole('button', { name: 'Undo' }).click()
  await done(page, /^Done\. It is as it was before\./)
}))

test('GPC is honoured and said', () => walk({ extraHTTPHeaders: { 'Sec-GPC': '1' } }, async page => {
  await page.goto(stage.base + '/privacy')
  assert.match(await page.locator('main').innerText(), /We honour that/)
}))

const looks = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['320 pixels', { viewport: { width: 320, height: 640 } }],
  ['German', { locale: 'de-DE' }],
  ['French', { locale: 'fr-FR' }],
  ['Spanish', { locale: 'es-ES' }],
  ['Arabic', { locale: 'ar-EG' }],
  ['Arabic at 320 pixels', { locale: 'ar-EG', viewport: { width: 320, height: 640 } }],
  ['forced colours and reduced motion', { forcedColors: 'active', reducedMotion: 'reduce' }],
]

// wide returns by how many pixels a page runs over the edge.
const wide = page => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

for (const [name, options] of looks) {
  test(`axe finds nothing, targets have 44 pixels, nothing runs over the edge: ${name}`, () => walk(options, async page => {
    const found = []
    const look = async path => {
      for (const fault of await axe(page)) found.push(`${path}: ${fault}`)
      for (const target of await smallTargets(page)) found.push(`${path}: small ${target}`)
      if (await wide(page) > 0) found.push(`${path}: ${await wide(page)} pixels too wide`)
    }
    await page.goto(stage.base + '/privacy')
    await look('/privacy of a guest')
    await beAs(page, stage.base, 3)
    for (const path of paths) {
      await page.goto(stage.base + path)
      await page.evaluate(() => [...document.querySelectorAll('main details')].slice(0, 3).forEach(d => { d.open = true }))
      await look(path)
    }
    await page.goto(stage.base + '/privacy/history')
    await page.locator('.rows button[value=gift]').first().click()
    await page.waitForSelector('.change')
    await look('/privacy/history after a change')
    await page.locator('.said button').click()
    await page.waitForFunction(() => !document.querySelector('.said form'))
    await page.goto(stage.base + '/privacy/why')
    await page.locator('.log h2 a').first().click()
    await page.waitForSelector('.picks')
    await look('a decision')
    await page.goto(stage.base + '/privacy/history?all=1')
    await page.locator('.rows a[href^="/privacy/history/"]').first().click()
    await page.waitForSelector('textarea')
    await look('a correction')
    assert.deepEqual(found, [])
    assert.equal(await page.evaluate(() => document.documentElement.dir), options.locale?.startsWith('ar') ? 'rtl' : 'ltr')
    if (options.reducedMotion) assert.equal(await page.evaluate(() => [...document.querySelectorAll('.btn, .menu a')].every(e => parseFloat(getComputedStyle(e).transitionDuration) === 0)), true, 'nothing moves')
  }), { timeout: 300_000 })

  test(`the same of the pages of a link, of locked data and of the end: ${name}`, () => walk(options, async page => {
    const found = []
    const look = async what => {
      for (const fault of await axe(page)) found.push(`${what}: ${fault}`)
      for (const target of await smallTargets(page)) found.push(`${what}: small ${target}`)
      if (await wide(page) > 0) found.push(`${what}: ${await wide(page)} pixels too wide`)
    }
    const id = 'looked-at-' + looks.findIndex(l => l[0] === name)
    await house.known(id)
    const open = async (address, what, lands) => {
      await page.goto(address)
      await look(what)
      await page.locator('form[action="/privacy/link"] button').click()
      await page.waitForURL(house.base + lands)
    }
    await open((await house.proof(id)).url, 'a proof', '/privacy/proved')
    await look('after a proof')
    await open((await house.link(id)).url, 'a link', '/privacy')
    await page.goto(house.base + '/privacy/needs')
    await look('needs')
    await page.goto(house.base + '/privacy/data')
    await page.locator('button[value=freeze]').click()
    await page.waitForSelector('.said')
    await look('locked data')
    await page.goto(house.base + '/privacy/history')
    await look('a locked history')
    await page.goto(house.base + '/privacy/data/erase')
    await page.locator('main .btn.stop').click()
    await page.waitForURL('**/privacy/gone')
    await look('the end')
    await page.goto(house.base + '/privacy')
    await look('without a link')
    assert.deepEqual(found, [])
  }, house.base), { timeout: 300_000 })

  test(`yes and no are equal in size, colour, contrast and place: ${name}`, () => walk(options, async page => {
    for (const path of ['/privacy/uses', '/privacy/ask', '/privacy/messages']) {
      await page.goto(stage.base + path)
      const pairs = await page.locator('form.yesno').evaluateAll(forms => forms.map(f => [...f.querySelectorAll('button')].map(b => {
        const s = getComputedStyle(b); const box = b.getBoundingClientRect()
        return { width: Math.round(box.width), height: Math.round(box.height), color: s.color, background: s.backgroundColor, border: s.border, font: s.font, radius: s.borderRadius, opacity: s.opacity, disabled: b.disabled, tab: b.tabIndex }
      })))
      assert.ok(pairs.length > 0)
      for (const [yes, no] of pairs) assert.deepEqual(yes, no, path)
    }
  }))
}

// How WCAG 2.2 asks for what axe does not look at.
test('WCAG 2.2: every stop is seen, uncovered and outlined (2.4.7, 2.4.11)', () => walk({}, async page => {
  await beAs(page, stage.base, 3)
  for (const path of ['/privacy', '/privacy/uses', '/privacy/interests', '/privacy/data', '/privacy/needs', '/privacy/messages']) {
    await page.goto(stage.base + path)
    const bad = []
    let stops = 0
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press('Tab')
      const stop = await page.evaluate(() => {
        const e = document.activeElement
        if (!e || e === document.body) return null
        const box = e.getBoundingClientRect()
        const at = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 40))
        const s = getComputedStyle(e)
        return { name: e.textContent.trim().slice(0, 30), covered: !(at && (e.contains(at) || at.contains(e))), outlined: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 }
      })
      if (!stop) break
      stops++
      if (stop.covered || !stop.outlined) bad.push(stop)
    }
    assert.deepEqual(bad, [], path)
    assert.ok(stops > 12, `${path}: ${stops} stops`)
  }
}))

test('WCAG 2.2: help in one place (3.2.6), nothing to drag (2.5.7), nothing asked twice (3.3.7), no riddles (3.3.8)', () => walk({}, async page => {
  await beAs(page, stage.base, 3)
  let help
  for (const path of paths) {
    await page.goto(stage.base + path)
    const at = await page.evaluate(() => {
      const order = [...document.querySelectorAll('header.top a, header.top summary, nav.menu a, form.off button')].map(e => e.textContent.trim().replace(/\s+/g, ' '))
      const box = document.querySelector('header.top a[href="/privacy/help"]').getBoundingClientRect()
      return { order, left: Math.round(box.left), top: Math.round(box.top) }
    })
    help ??= at
    assert.deepEqual(at, help, path)
    assert.equal(await page.locator('[draggable=true], input[type=range], canvas').count(), 0, path)
    assert.equal(await page.locator('input[type=password], [autocomplete=off][type=password], iframe').count(), 0, path)
    const typed = await page.locator('input:not([type=hidden]):not([type=checkbox]):not([type=radio]), textarea').evaluateAll(all => all.map(e => e.name))
    assert.equal(new Set(typed).size, typed.length, `${path} asks twice for ${typed}`)
    assert.equal(await page.evaluate(() => [...document.querySelectorAll('*')].some(e => e.onpaste !== null)), false, path)
  }
}))

test('text at 200 % and set wide still fits, and so do texts that are 40 % longer', () => walk({ viewport: { width: 640, height: 900 } }, async page => {
  await beAs(page, stage.base, 3)
  for (const path of paths) {
    await page.goto(stage.base + path)
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync('html { font-size: 200% } * { letter-spacing: .12em !important; word-spacing: .16em !important; line-height: 1.5 !important } p { margin-bottom: 2em !important }')
      document.adoptedStyleSheets.push(sheet)
    })
    assert.ok(await wide(page) <= 0, `${path}: ${await wide(page)} pixels too wide with large text`)
  }
  await page.setViewportSize({ width: 320, height: 640 })
  for (const path of paths) {
    await page.goto(stage.base + path)
    await page.evaluate(() => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      while (texts.nextNode()) {
        const t = texts.currentNode
        if (t.data.trim() && !t.parentElement.closest('code')) t.data = `⟦${t.data.trim()} ${'long '.repeat(Math.ceil(t.data.trim().length * 0.4 / 5))}⟧`
      }
    })
    assert.ok(await wide(page) <= 0, `${path}: ${await wide(page)} pixels too wide with long text`)
  }
}))

test('nothing is kept by looking, and nothing sensitive stands in addresses, titles or storage', () => walk({}, async (page, context) => {
  for (const path of paths) {
    await page.goto(stage.base + path)
    assert.match(await page.title(), /^[A-Z][^0-9]* · Privacy centre$/, path)
  }
  assert.deepEqual(await context.cookies(), [])
  await newcomer(page)
  await page.goto(stage.base + '/privacy/history')
  await page.getByRole('button', { name: /^It was a gift/ }).first().click()
  await done(page)
  assert.equal(new URL(page.url()).search, '', 'the address tells nothing of what was done')
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).concat(Object.keys(sessionStorage))), [])
  for (const c of await context.cookies()) assert.equal(c.httpOnly, true, c.name)
}))

describe('the accessibility tree', () => {
  test('of the question is a named region with two answers and a way to close', () => walk({}, async page => {
    await page.goto(stage.base + '/privacy/ask')
    const tree = await page.locator('main').ariaSnapshot()
    for (const part of ['heading "A question to you" [level=1]', 'region "May we pick things for you?"', 'button "Yes, pick for me"', 'button "No, do not pick"', 'button "Close. This means no."']) {
      assert.ok(tree.replaceAll(' : ', ': ').includes(part), `${part} is missing in\n${tree}`)
    }
  }))
  test('of the start names every choice', () => walk({}, async page => {
    await beAs(page, stage.base, 3)
    await page.goto(stage.base + '/privacy')
    const tree = await page.locator('body').ariaSnapshot()
    for (const part of ['navigation "Tools"', 'navigation "Pages of the privacy centre"', 'link "Your history"', 'button "Turn everything off"', 'button "Choose this: Same for everyone"', 'button "Choose this: Only this page"', 'button "Choose this: Full"', 'button "Pause for 30 days"']) {
      assert.ok(tree.replaceAll(' : ', ': ').includes(part), `${part} is missing in\n${tree}`)
    }
  }))
})
