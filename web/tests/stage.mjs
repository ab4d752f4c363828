// Starts what the walks need: the demo (or the one at TACTFUL_URL) and a browser.
import { spawn, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const flags = [
  '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

const browsers = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

// openStage returns { base, browser, close }.
export async function openStage() {
  const demo = process.env.TACTFUL_URL ? { base: process.env.TACTFUL_URL.replace(/\/$/, ''), close () {} } : await startDemo()
  const browser = await launch()
  return { base: demo.base, browser, async close () { await browser.close(); await demo.close() } }
}

// launch opens a browser.
export function launch () {
  const executablePath = process.env.CHROMIUM || browsers.find(existsSync)
  if (!executablePath) throw new Error('no Chromium found: apt-get install chromium-headless-shell, or set CHROMIUM')
  return chromium.launch({ executablePath, args: flags })
}

// startDemo builds the program, starts it on a free port and waits until it says where.
async function startDemo () {
  const place = mkdtempSync(join(tmpdir(), 'tactful-web-'))
  const program = process.env.TACTFUL_PROGRAM || join(place, 'tactful')
  if (!process.env.TACTFUL_PROGRAM) execFileSync('go', ['build', '-o', program, './cmd/tactful'], { cwd: root, stdio: 'inherit' })
  const child = spawn(program, ['demo', '--addr', '127.0.0.1:0', '--no-open', '--data-dir', join(place, 'demo')], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const base = await new Promise((resolve, reject) => {
    let said = ''
    const late = setTimeout(() => reject(new Error('the demo did not open within five minutes:\n' + said)), 300_000)
    const listen = chunk => {
      said += chunk
      const at = /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)\//.exec(said)
      if (at) { clearTimeout(late); resolve(at[1]) }
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    ended.then(code => { clearTimeout(late); reject(new Error(`the demo ended with ${code}:\n${said}`)) })
  })
  return { base, async close () { child.kill('SIGTERM'); await ended; rmSync(place, { recursive: true, force: true }) } }
}

// axe returns what axe-core finds on a page, one line each; nothing is left out.
export async function axe (page) {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }))
  return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')} (${n.failureSummary.split('\n').slice(1).join(';').trim()})`))
}

// smallTargets returns what can be clicked and is smaller than 44 by 44 pixels.
// Links inside a sentence are not counted (WCAG 2.5.8, inline).
export function smallTargets (page) {
  return page.evaluate(() => {
    const small = []
    for (const e of document.querySelectorAll('a, button, summary, input:not([type=hidden])')) {
      if (!e.checkVisibility() || e.classList.contains('skip') || (e.tagName === 'A' && getComputedStyle(e).display === 'inline')) continue
      let box = e.getBoundingClientRect()
      for (const label of e.labels || []) { // a label is part of the target
        const l = label.getBoundingClientRect()
        box = new DOMRect(Math.min(box.x, l.x), Math.min(box.y, l.y), Math.max(box.right, l.right) - Math.min(box.x, l.x), Math.max(box.bottom, l.bottom) - Math.min(box.y, l.y))
      }
      if (box.width < 43.5 || box.height < 43.5) small.push(`${e.tagName} "${e.textContent.trim().slice(0, 30)}" ${box.width.toFixed(0)}x${box.height.toFixed(0)}`)
    }
    return small
  })
}

// beAs shows the shop as the nth customer of the data, counted from 0.
export async function beAs (page, base, n) {
  await page.goto(base + '/')
  await page.locator('details.who > summary').click()
  await page.locator('details.who button:not([value=new])').nth(n).click()
}
