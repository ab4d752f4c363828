// What the pages of the privacy centre say, from their catalogues, so that a
// walk goes by the same words in every language.
import { readFileSync } from 'node:fs'

const catalogue = tag => JSON.parse(readFileSync(new URL(`../../internal/web/centre/messages/${tag}.json`, import.meta.url), 'utf8'))
const plain = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

// wordsOf returns say(key): the text itself, or with several keys the texts
// with ": " between them. say.like(key) matches the text with whatever is put into it.
export function wordsOf (tag) {
  const texts = catalogue(tag)
  const one = key => {
    if (!texts[key]) throw new Error(`there is no ${key} in ${tag}`)
    return texts[key]
  }
  const say = (...keys) => keys.map(one).join(': ')
  say.of = key => one(key) + ': ' // and then the name of a thing
  say.like = key => new RegExp(plain(one(key)).replace(/\\\{\d\\\}/g, '.*'), 's')
  say.tag = tag
  return say
}

// named matches the name of what is pressed: whole, or its beginning if it ends
// with a colon or comma. What only screen readers read may stand apart.
export const named = name => new RegExp('^\\s*' + plain(name).replace(/([:,،]) /g, ' ?$1 ') + (/[:,] $/.test(name) ? '' : '\\s*$'))
