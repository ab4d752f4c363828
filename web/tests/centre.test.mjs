// Walks the demo's privacy centre: every right by keyboard alone, by roles and
// names alone, without JavaScript, narrow, large, in Arabic, in forced colours.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { axe, beAs, openStage, smallTargets } from './stage.mjs'

let stage
before(async () => { stage = await openStage() }, { timeout: 420_000 })
after(async () => { await stage?.close() })

async function walk (options, steps) {
  const context = await stage.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const wrong = []
  page.on('console', m => { if (m.type() === 'error' && !/status of 404/.test(m.text())) wrong.push(m.text()) })
  page.on('pageerror', e => wrong.push(String(e)))
  page.on('request', r => {
    const url = new URL(r.url())
    if (url.origin !== stage.base) wrong.push('asks another host: ' + r.url())
    const referrer = r.headers().referer
    if (referrer && new URL(referrer).origin !== stage.base) wrong.push('tells where it comes from: ' + referrer)
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
// done waits, with JavaScript or without, until the page says what was done.
const done = async (page, words = /^(Done|Thank you)\./) => {
  let said = ''
  for (let i = 0; i < 100; i++) {
    said = await page.locator('[role=status]').first().innerText({ timeout: 100 }).catch(() => '')
    if (words.test(said)) return said
    await page.waitForTimeout(100)
  }
  assert.fail(`the page says ${JSON.stringify(said)}`)
}
// named matches the name of a button: what only screen readers read may stand apart.
const named = name => new RegExp('^' + name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(': ', ' ?: '))

// newcomer gives the page somebody of their own, by a yes.
async function newcomer (page) {
  await page.goto(stage.base + '/privacy/uses')
  await page.getByRole('button', { name: 'Yes, pick for me' }).click()
  await done(page, /^Thank you\./)
  for (const item of ['22699', '85123A', '22423']) await page.goto(stage.base + '/item/' + item) // things to have a history of
}

// rights are every control of the centre: where it is, the name of its button,
// what opens it, and what the page then shows.
const rights = [
  ['level: same for everyone', '/privacy', 'Choose this: Same for everyone', null, page => page.locator('.choice.on h3').innerText(), /Same for everyone/, true],
  ['level: only this page', '/privacy', 'Choose this: Only this page', null, page => page.locator('.choice.on h3').innerText(), /Only this page/, true],
  ['level: full', '/privacy', 'Choose this: Full', null, page => page.locator('.choice.on h3').innerText(), /Full/, true],
  ['a pause', '/privacy', 'Pause for 30 days', null, page => page.locator('main').innerText(), /You have a break until/, true],
  ['hidden names', '/privacy', 'Hide names', null, page => page.locator('form.unreviewed').innerText(), /Names of things are hidden/, true],
  ['yes to learning', '/privacy/uses', 'Yes, learn from me', null, page => page.locator('[aria-labelledby=use-improvement]').innerText(), /You said yes on/, true],
  ['no to picking', '/privacy/uses', 'No, do not pick', null, page => page.locator('[aria-labelledby=use-recommendations]').innerText(), /You took your yes back on/, true],
  ['more of a topic', '/privacy/interests', 'More: ', null, page => page.locator('.interests').innerText(), /you want more/, true],
  ['a topic muted', '/privacy/interests', 'Mute: ', null, page => page.locator('.interests').innerText(), /muted/, true],
  ['an interest removed', '/privacy/interests', 'Remove: ', null, page => page.locator('.interests').innerText(), /put out of use/, true],
  ['an interest that is wrong', '/privacy/interests', "That's wrong: ", null, page => page.locator('.interests').innerText(), /put out of use/, true],
  ["don't use this", '/privacy/history', "Don't use this: ", null, page => page.locator('.rows').innerText(), /not used/, true],
  ['a gift', '/privacy/history', 'It was a gift: ', null, page => page.locator('.rows').innerText(), /a gift, not used/, true],
  ['not me', '/privacy/history', 'That was not me: ', null, page => page.locator('.rows').innerText(), /not you, not used/, true],
  ['all of a week', '/privacy/history', 'From the last 7 days', null, page => page.locator('.rows').innerText(), /not used/, true],
  ['an occasion skipped', '/privacy/needs', 'Save', ['checkbox', 'Christmas'], page => page.getByRole('checkbox', { name: 'Christmas' }).isChecked().then(String), /true/, true],
  ['one message a week', '/privacy/messages', 'Save', ['radio', '1 a week'], page => page.getByRole('radio', { name: '1 a week' }).isChecked().then(String), /true/, true],
  ['locked data', '/privacy/data', 'Lock my data', null, page => page.locator('[aria-labelledby=freeze]').innerText(), /Unlock my data/, true],
  ['no advertising', '/privacy/data', 'Stop all advertising', null, page => page.locator('[aria-labelledby=object]').innerText(), /Stopped on/, true],
  ['one thing deleted', '/privacy/history', 'Delete it now: ', ['summary', 'Delete: '], page => page.locator('section.change').innerText(), /before/, false],
  ['everything off', '/privacy/why', 'Turn everything off', null, page => page.locator('.choice.on h3').innerText(), /Same for everyone/, true],
  ['everything deleted', '/privacy/data/erase', 'Delete my data now', null, page => page.locator('h1').innerText(), /Your data is deleted/, false],
]

// tabTo goes by the Tab key to what has a role and a name, as screen readers say it.
async function tabTo (page, name) {
  for (let i = 0; i < 260; i++) {
    await page.keyboard.press('Tab')
    const here = await page.evaluate(() => { // what is read out
      const e = document.activeElement
      if (!e || e === document.body) return ''
      const label = e.labels?.[0]
      return (e.getAttribute('aria-label') || label?.textContent || e.textContent || '').trim().replace(/\s+/g, ' ').replace(' : ', ': ')
    })
    if (here.startsWith(name)) return
  }
  assert.fail('never came to ' + name)
}

const byKeyboard = {
  async open (page, [role, name]) {
    if (role === 'radio') { // Tab comes to the one that is on, arrows go from there
      await tabTo(page, 'As the shop does it')
      for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowDown')
      return
    }
    await tabTo(page, name)
    await page.keyboard.press(name.startsWith('Delete') ? 'Enter' : 'Space')
  },
  async press (page, name) { await tabTo(page, name); await page.keyboard.press('Enter') },
}
const byRoles = {
  async open (page, [role, name]) {
    if (role === 'summary') await page.locator('summary', { hasText: name.trim() }).first().click()
    else await page.getByRole(role, { name, exact: true }).check()
  },
  async press (page, name) { await page.getByRole('button', { name: named(name) }).first().click() },
}

for (const [how, hands, options] of [
  ['by keyboard alone', byKeyboard, {}],
  ['by keyboard alone, without JavaScript', byKeyboard, { javaScriptEnabled: false }],
  ['by roles and names alone', byRoles, {}],
  ['by roles and names alone, without JavaScript, at 320 pixels', byRoles, { javaScriptEnabled: false, viewport: { width: 320, height: 640 } }],
]) {
  test(`every right is exercised ${how}`, () => walk(options, async page => {
    await newcomer(page)
    for (const [name, path, button, opener, look, shows, undone] of rights) {
      await page.goto(stage.base + path)
      if (opener) await hands.open(page, opener)
      await hands.press(page, button)
      await done(page)
      assert.match(await look(page), shows, name)
      if (!undone) continue
      await hands.press(page, 'Undo')
      await done(page, /^Done\. It is as it was before\./)
    }
  }), { timeout: 300_000 })
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
    assert.deepEqual(found, [])
    assert.equal(await page.evaluate(() => document.documentElement.dir), options.locale?.startsWith('ar') ? 'rtl' : 'ltr')
    if (options.reducedMotion) assert.equal(await page.evaluate(() => [...document.querySelectorAll('.btn, .menu a')].every(e => parseFloat(getComputedStyle(e).transitionDuration) === 0)), true, 'nothing moves')
  }), { timeout: 300_000 })

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
