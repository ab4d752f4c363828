// A proxy that sits between a client and the server, keeps what passed, and can
// answer the next requests by itself, as an overloaded or broken network would.
import { createServer, request } from 'node:http'
import { gunzipSync } from 'node:zlib'

export async function openProxy (target) {
  const { hostname, port } = new URL(target)
  const seen = []
  const faults = []
  const server = createServer((q, s) => {
    const chunks = []
    q.on('data', c => chunks.push(c))
    q.on('end', () => {
      const body = Buffer.concat(chunks)
      const plain = q.headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString()
      const entry = { method: q.method, path: q.url, headers: q.headers, body: plain, status: 0, answer: '' }
      seen.push(entry)
      const fault = q.method === 'POST' ? faults.shift() : undefined
      if (fault?.before) { // the server never sees it
        entry.status = fault.before
        s.writeHead(fault.before, fault.headers)
        return s.end()
      }
      const onward = request({ hostname, port, method: q.method, path: q.url, headers: q.headers }, a => {
        const parts = []
        a.on('data', c => parts.push(c))
        a.on('end', () => {
          entry.answer = Buffer.concat(parts).toString()
          entry.status = a.statusCode
          if (fault?.lose) return q.socket.destroy() // the server did it, and the client never hears
          s.writeHead(a.statusCode, a.headers)
          s.end(Buffer.concat(parts))
        })
      })
      onward.on('error', () => q.socket.destroy())
      onward.end(body)
    })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    seen,
    deliveries: () => seen.filter(e => e.method === 'POST'),
    fail: (...next) => faults.push(...next),
    close: () => { server.closeAllConnections(); server.close() },
  }
}
