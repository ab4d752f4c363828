// Starts a real server with a small trained shop, for the clients of other
// products to talk to. Everything is on loopback and in a folder that is removed.
import { execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export const recombeeToken = 'token-of-the-live-test-0123456789'
export const accessKey = { accessKeyId: 'AKIDLIVETEST', secretAccessKey: 'secret-of-the-live-test-0123456789' }

// testedFile is a flag of each type, and an experiment on one of them.
export const testedFile = `flags:
  - {key: bool-on, type: boolean, variants: {off: false, on: true}, control: off, context: {loggedIn: boolean}, rules: [{when: [{name: loggedIn, is: true}], variant: on}]}
  - {key: num, type: number, variants: {v: 3.5, w: 4}, control: v}
  - {key: obj, type: object, variants: {a: {layout: grid}, b: {layout: list}}, control: a}
  - {key: button, type: string, variants: {control: Buy now, calm: Continue to payment}, control: control}
experiments:
  - name: calm-button
    flag: button
    hypothesis: With a plain label at least as many people buy.
    population: {share: 1}
    arms: {control: 1, calm: 1}
    metric: conversion
    guardrails: [{metric: opt_out, ratio: 1}, {metric: creepy, ratio: 1}]
    window: 24h
    stop: {people: 4000, days: 28}
    harm_review: {approver: Ben C., risks: Some people may not find the button again., measures: The old label comes back as soon as people leave.}
    consent: experiments
    owner: Ada B.
    aim: {en: We try out another label on the payment button.}
`

const freePort = () => new Promise((resolve, reject) => {
  const probe = createServer()
  probe.once('error', reject)
  probe.listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => resolve(port)) })
})

const plainItems = 'id,title,price,currency,availability\n' + Array.from({ length: 12 }, (_, i) => `A${i},Thing ${i},${i + 1}.50,EUR,in_stock`).join('\n') + '\n'

// openShop returns { base, keys, program, ask, agree, history, teach, close }. Pages of
// `origins` may use the browser key; `more` is configuration beside the usual.
export async function openShop (origins, { more = () => '', items = plainItems } = {}) {
  const place = mkdtempSync(join(tmpdir(), 'tactful-wires-'))
  const program = process.env.TACTFUL_PROGRAM || join(place, 'tactful')
  if (!process.env.TACTFUL_PROGRAM) execFileSync('go', ['build', '-o', program, './cmd/tactful'], { cwd: root, stdio: 'inherit' })
  const at = name => join(place, name)
  const write = (name, text) => { writeFileSync(at(name), text, { mode: 0o600 }); return at(name) }
  const [port, admin] = [await freePort(), await freePort()]
  const config = write('tactful.yaml', `data_dir: ${at('data')}
key_dir: ${at('keys')}
server: {addr: "127.0.0.1:${port}", admin_addr: "127.0.0.1:${admin}"}
doors:
  recombee: [{database: live-shop, token_file: ${write('recombee-token', recombeeToken + '\n')}}]
  personalize: [{access_key: ${accessKey.accessKeyId}, secret_file: ${write('personalize-secret', accessKey.secretAccessKey + '\n')}}]
${more(write)}`)
  const tactful = (...args) => execFileSync(program, [...args, '--config', config], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  write('items.csv', items)
  tactful('import', 'items', at('items.csv'))
  // A running test of variants, registered, approved and started at the machine by two operators.
  const tested = write('tested.yaml', testedFile)
  tactful('experiment', 'register', tested, '--why', 'the live test of clients', '--as', 'Ada B.')
  tactful('experiment', 'approve', 'calm-button', '--why', 'the live test of clients', '--as', 'Ben C.')
  tactful('experiment', 'start', 'calm-button', '--why', 'the live test of clients', '--as', 'Ada B.')
  const keys = {}
  for (const scope of ['write', 'decide', 'rights']) keys[scope] = tactful('keys', 'create', '--name', scope, '--scope', scope)
  keys.admin = tactful('keys', 'create', '--name', 'admin', '--scope', 'admin', '--operator', 'Ada B.')
  keys.browser = tactful('keys', 'create', '--name', 'page', '--scope', 'browser', ...origins.flatMap(o => ['--origin', o]))

  const child = spawn(program, ['serve', '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stdout.on('data', chunk => { log += chunk })
  child.stderr.on('data', chunk => { log += chunk })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const base = `http://127.0.0.1:${port}`
  const shop = { base, keys, program, log: () => log, async close () { child.kill('SIGTERM'); await ended; rmSync(place, { recursive: true, force: true }) } }
  for (let i = 0; ; i++) {
    const ready = await fetch(base + '/readyz').then(r => r.ok, () => false)
    if (ready) break
    if (i > 600 || child.exitCode !== null) { child.kill('SIGKILL'); throw new Error('the server did not open:\n' + log) }
    await new Promise(resolve => setTimeout(resolve, 100))
  }

  shop.ask = async (method, path, key, body, reason) => {
    const answer = await fetch(base + path, { method, headers: { authorization: 'Bearer ' + key, ...(body ? { 'content-type': 'application/json' } : {}), ...(reason ? { 'tactful-reason': reason } : {}) }, body: body && JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path.split('?')[0]}: ${answer.status} ${text}`)
    return text ? JSON.parse(text) : null
  }
  const { notices } = await shop.ask('GET', '/v1/notices', keys.decide)
  const said = notices.filter(n => n.purpose === 'recommendations' || n.purpose === 'improvement')
  // agree records a yes (or a no) with its evidence: the texts that were shown.
  shop.agree = (id, kind = 'user', answer = 'granted') => shop.ask('PUT', `/v1/subjects/${encodeURIComponent(id)}/consents?kind=${kind}`, keys.rights,
    { level: 'full', answers: said.map(n => ({ purpose: n.purpose, answer, noticeVersion: n.version, noticeHash: n.hash, language: n.language, method: 'form' })) })
  // tests records a yes or a no to tests of variants alone.
  shop.tests = (id, kind, answer) => shop.ask('PUT', `/v1/subjects/${encodeURIComponent(id)}/consents?kind=${kind}`, keys.rights,
    { level: 'personal', answers: notices.filter(n => n.purpose === 'experiments').map(n => ({ purpose: n.purpose, answer, noticeVersion: n.version, noticeHash: n.hash, language: n.language, method: 'form' })) })
  // history is what the shop may still tell about somebody: item and action.
  shop.history = async (id, kind = 'user') => {
    const answer = await fetch(`${base}/v1/subjects/${encodeURIComponent(id)}/events?kind=${kind}`, { headers: { authorization: 'Bearer ' + keys.rights } })
    if (answer.status === 404) return []
    const text = await answer.text()
    if (!answer.ok) throw new Error(`events: ${answer.status} ${text}`)
    return JSON.parse(text).events.map(e => `${e.action} ${e.item ?? ''}`.trim())
  }
  // teach gives the shop buyers whose baskets hang together, as many of a kind as
  // a reason must fit before it is told, and fits the model.
  shop.teach = async () => {
    const people = Array.from({ length: 165 }, (_, p) => p)
    for (let p = 0; p < people.length; p += 15) await Promise.all(people.slice(p, p + 15).map(n => shop.agree('buyer-' + n)))
    const time = new Date(Date.now() - 86_400_000).toISOString()
    const events = people.flatMap(p => [0, 1, 2, 3].map(n => ({ messageId: `b-${p}-${n}`, userId: 'buyer-' + p, action: 'purchased', item: `A${(p % 3) * 4 + n}`, time })))
    const { accepted } = await shop.ask('POST', '/v1/events', keys.write, { events })
    await shop.ask('POST', '/v1/train', keys.admin)
    return accepted
  }
  return shop
}
