// node's http2 as a server: `node server.js [FOLDER]`, with TLS where FOLDER has a certificate. Answers as a target
// asks for (orders.py); reports like server.py: {"port"}, and {"counts", "wrong"} when stdin has ended.
'use strict';
const http2 = require('http2');
const fs = require('fs');
const path = require('path');
const { createHash } = require('crypto');

const counts = { requests: 0, pushes: 0, goaways: 0, cancelled: 0, trailers: 0 };
const wrong = [];
const left = new Set();
const sessions = new Set();

function digest(octets) {
  return createHash('sha256').update(octets).digest('hex');
}

function body(size) {
  return Buffer.alloc(size).map((_, place) => ((place % 251) + size) & 255);
}

function parse(target) {
  const [place, query] = target.split('?');
  const nothing = { size: 0, up: 0, long: 0, trailers: 0, hints: 0, push: 0, reset: 0, hold: 0, table: 0, goaway: 0 };
  const order = { target, number: Number(place.slice(1)), ...nothing };
  for (const [name, value] of new URLSearchParams(query)) order[name] = Number(value);
  return order;
}

function responseHeaders(order) {
  const hash = digest(order.target);
  const { number } = order;
  const headers = { ':status': 200, 'content-type': 'application/octet-stream' };
  if (!order.reset && !order.hold && !order.trailers) headers['content-length'] = String(order.size);
  headers['cache-control'] = `max-age=${(number % 7) * 60}`;
  headers.etag = `"${hash.slice(0, 16)}"`;
  headers['x-number'] = String(number);
  headers[`x-field-${number % 40}`] = 'v'.repeat((number * 37) % 200) + hash.slice(16, 32);
  headers['set-cookie'] = [`view=${number}; path=/; secure`, `token=${hash.slice(32)}; path=/; httponly`];
  headers['x-secret'] = hash.slice(8, 24);
  if (order.long) headers['x-long'] = hash.repeat(order.long / 64 + 1).slice(0, order.long);
  headers[http2.sensitiveHeaders] = ['x-secret'];
  return headers;
}

// Whether a request came as its sender meant it: see fields_digest() and check_request().
function check(order, raw, octets, trailers) {
  const chosen = [];
  const cookies = [];
  const named = {};
  for (let place = 0; place < raw.length; place += 2) {
    const [name, value] = [raw[place], raw[place + 1]];
    named[name] = value;
    if (name === 'cookie') cookies.push(value);
    if (/^x-(?!check$|forwarded)/.test(name)) chosen.push(`${name}: ${value}`);
  }
  const lines = [...chosen.sort(), cookies.join('; ')];
  if (named['x-check'] !== undefined && named['x-check'] !== digest(lines.join('\n'))) {
    wrong.push(`${order.target}: request fields changed on their way: ${raw}`);
  }
  if (!octets.equals(body(order.up))) wrong.push(`${order.target}: a wrong request body of ${octets.length} octets`);
  if (trailers) {
    counts.trailers += 1;
    if (trailers['x-body-digest'] !== digest(octets)) wrong.push(`${order.target}: wrong request trailers`);
  }
}

// Change the table's size, if that was asked for and the client has sent a header block since the last change. hpack,
// and so fasth2, writes each of several changes into the next block; nghttp2 refuses the first of 100 and 0.
function changeTable(session) {
  if (session.sizes.length && !session.pendingSettingsAck) session.settings({ headerTableSize: session.sizes.shift() });
}

// The response to `order` on `stream`.
function respond(stream, order) {
  stream.on('error', () => {}); // a reset; its code is looked at when the stream closes
  stream.respond(responseHeaders(order), { waitForTrailers: Boolean(order.trailers), sendDate: false });
  const octets = body(order.size);
  if (order.trailers) {
    const trailers = { 'x-body-digest': digest(octets), 'x-last': String(order.number) };
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  }
  if (order.reset) {
    stream.write(octets.subarray(0, order.reset), () => stream.destroy(new Error('as ordered')));
  } else if (order.hold) {
    stream.write(octets.subarray(0, order.hold));
    stream.on('close', () => { counts.cancelled += stream.rstCode === http2.constants.NGHTTP2_CANCEL; });
  } else {
    stream.end(octets);
  }
}

function push(stream, order, count) {
  const number = 1000000 + order.number * 10 + count;
  const target = `/${number}?size=${order.number * 10 + count}`.replace('?size=0', '');
  stream.pushStream({ ':path': target }, (error, pushed) => {
    if (error) return wrong.push(String(error));
    counts.pushes += 1;
    respond(pushed, parse(target));
  });
}

function answer(stream, target, raw, octets, trailers) {
  const order = parse(target);
  const { session } = stream;
  check(order, raw, octets, trailers);
  if (order.table) session.sizes.push(order.table - 1);
  for (let count = 0; count < order.hints; count += 1) {
    stream.additionalHeaders({ ':status': 103, link: `</style-${order.number}-${count}.css>; rel=preload` });
  }
  const pushes = stream.pushAllowed && !session.leaving ? order.push : 0;
  for (let count = 0; count < pushes; count += 1) push(stream, order, count);
  respond(stream, order);
  if (order.goaway && !left.has(order.number)) {
    left.add(order.number);
    counts.goaways += 1;
    session.leaving = true;
    session.close();
  }
}

const folder = process.argv[2];
const server = folder
  ? http2.createSecureServer({ key: fs.readFileSync(path.join(folder, 'key.pem')),
    cert: fs.readFileSync(path.join(folder, 'certificate.pem')) })
  : http2.createServer();
server.on('session', (session) => {
  sessions.add(session);
  session.sizes = [];
  session.on('close', () => sessions.delete(session));
  session.on('error', (error) => wrong.push(String(error)));
});
server.on('stream', (stream, headers, flags, raw) => {
  const parts = [];
  let trailers = null;
  counts.requests += 1;
  changeTable(stream.session);
  stream.on('error', () => {});
  stream.on('data', (data) => parts.push(data));
  stream.on('trailers', (fields) => { trailers = fields; });
  stream.on('end', () => {
    if (!stream.destroyed) answer(stream, headers[':path'], raw, Buffer.concat(parts), trailers);
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.resume();
process.stdin.on('end', () => {
  console.log(JSON.stringify({ counts, wrong: wrong.slice(0, 20) }));
  for (const session of sessions) session.destroy();
  server.close();
});
