// A business whose customers enter their privacy centre by links: a server of its
// own, a small shop with topics and needs, and the key of signed tokens.
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { openShop } from './shopserver.mjs'

const topics = ['Kitchen', 'Garden', 'Christmas', 'Toys']
const items = 'id,title,categories,price,currency,availability,attribute.diet\n' +
  Array.from({ length: 24 }, (_, i) => `A${i},${topics[i % 4]} thing ${i},${topics[i % 4]},${i + 1}.50,EUR,in_stock,${i % 2 ? 'vegan' : 'any'}`).join('\n') + '\n'
const secret = randomBytes(32).toString('base64')
const audience = 'the-little-shop'
const purposes = ['recommendations', 'improvement', 'messages_email']

const config = write => `centre: {name: The Little Shop, purposes: [${purposes.join(', ')}]}
engine:
  controller: The Little Shop
  preferences:
    needs: [{name: diet, attribute: diet, values: {vegan: [vegan]}, categories: [Kitchen]}]
    occasions: [{name: christmas, topics: [Christmas]}, {name: easter, topics: [Easter]}]
  looks: {answers_per_person: 5000} # these walkers do not read
  rights: {token: {algorithm: HS256, key_file: ${write('token-key', secret + '\n')}, audience: ${audience}}}
`

// openHouse returns a shop with a model, and ways in for its customers.
export async function openHouse () {
  const house = await openShop(['https://shop.example'], { more: config, items })
  await house.teach()
  const code = encodeURIComponent

  // known makes somebody who agreed, bought and looked at things, and was shown a list.
  house.known = async id => {
    const { notices } = await house.ask('GET', '/v1/notices', house.keys.decide)
    const { version, hash, language } = notices.find(n => n.purpose === 'recommendations')
    await house.ask('PUT', `/v1/subjects/${code(id)}/consents`, house.keys.rights,
      { level: 'personal', answers: [{ purpose: 'recommendations', answer: 'granted', noticeVersion: version, noticeHash: hash, language, method: 'form' }] })
    const time = ago => new Date(Date.now() - ago * 60_000).toISOString()
    const event = (n, action, item, ago) => ({ messageId: `${id}-${n}`, userId: id, action, item: 'A' + item, time: time(ago), ...(action === 'purchased' ? { quantity: 2, order: `${id}-${n}` } : {}) })
    const { outcomes } = await house.ask('POST', '/v1/events', house.keys.write, {
      events: [event(1, 'purchased', 0, 5), event(2, 'purchased', 1, 6), event(3, 'viewed', 2, 7), event(4, 'viewed', 3, 8), event(5, 'purchased', 4, 3000), event(6, 'viewed', 5, 3100)],
    })
    if (outcomes.some(o => o.status !== 'accepted')) throw new Error(JSON.stringify(outcomes))
    await house.ask('POST', '/v1/decisions/recommendations', house.keys.decide, { userId: id, placement: 'for_you', count: 6 })
  }
  // link asks for a link as the business's server does, or as `tactful link` of an operator.
  house.link = (id, more = {}, key = house.keys.rights, reason) => house.ask('POST', `/v1/subjects/${code(id)}/links`, key, { base: house.base, ...more }, reason)
  // token signs who is logged in, as the business's server does.
  house.token = (id, more = {}) => {
    const part = value => Buffer.from(JSON.stringify(value)).toString('base64url')
    const now = Math.floor(Date.now() / 1000)
    const text = part({ alg: 'HS256', typ: 'JWT' }) + '.' + part({ sub: id, aud: audience, iat: now - 1, exp: now + 300, jti: randomUUID(), ...more })
    return text + '.' + createHmac('sha256', Buffer.from(secret, 'base64')).update(text).digest('base64url')
  }
  // proof enters a request in somebody's name and makes the link that proves it.
  house.proof = async id => {
    const reason = 'she wrote us a letter'
    const { request } = await house.ask('POST', `/v1/subjects/${code(id)}/requests`, house.keys.admin, { right: 'access', channel: 'letter', text: 'Please send me all that you know about me.' }, reason)
    return house.link(id, { request: request.id }, house.keys.admin, reason)
  }
  return house
}
