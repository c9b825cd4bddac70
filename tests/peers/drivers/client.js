// node's http2 as a client: `node client.js URL [STREAMS]`, requests on stdin as Request.line() writes them, a Record a line on
// stdout (orders.py). Changes its table's size now and then, and goes to a new connection after GOAWAY.
'use strict';
const http2 = require('http2');
const { createHash } = require('crypto');

const STREAMS = Number(process.argv[3] || 30); // at a time
const TABLE_SIZES = [4096, 0, 65536, 300];
const base = new URL(process.argv[2]);
const requests = require('fs').readFileSync(0, 'utf8').split('\n').filter(Boolean).map(parse);

function parse(line) {
  const [method, target, up, trailers, ...fields] = line.split('\t');
  const query = new URLSearchParams(target.split('?')[1]);
  const headers = { ':method': method, ':path': target };
  for (const field of fields) {
    const [name, value] = field.split(/: (.*)/s);
    headers[name] = name === 'cookie' ? value.split('; ') : value;
  }
  headers[http2.sensitiveHeaders] = ['x-check'];
  return { target, headers, up: Number(up), trailers: trailers === '1', hold: query.has('hold') };
}

function body(size) {
  return Buffer.alloc(size).map((_, place) => ((place % 251) + size) & 255);
}

function digest(octets) {
  return createHash('sha256').update(octets).digest('hex');
}

// The fields of a raw header list [name, value, name, value, ...] as pairs, without pseudo-fields.
function pairs(raw) {
  const fields = [];
  for (let place = 0; place < raw.length; place += 2) {
    if (!raw[place].startsWith(':')) fields.push([raw[place], raw[place + 1]]);
  }
  return fields;
}

// What comes on one stream, gathered into a record; `done` is called at its end.
function gather(stream, record, hold, done) {
  const hash = createHash('sha256');
  stream.on('headers', (headers, flags, raw) => record.informational.push(pairs(raw)));
  stream.on('response', (headers, flags, raw) => {
    record.status = headers[':status'];
    record.headers = pairs(raw);
    record.never_indexed = headers[http2.sensitiveHeaders];
  });
  stream.on('push', (headers, flags, raw) => {
    record.status = headers[':status'];
    record.headers = pairs(raw);
  });
  stream.on('trailers', (headers, flags, raw) => { record.trailers = pairs(raw); });
  stream.on('data', (data) => {
    record.octets += data.length;
    hash.update(data);
    if (hold && record.failure === '') {
      record.failure = 'cancelled';
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
  });
  stream.on('error', (error) => { record.failure = record.failure || error.message; });
  stream.on('close', () => {
    record.sha256 = hash.digest('hex');
    done(stream.rstCode);
  });
}

function newRecord(target, pushed) {
  const nothing = { status: 0, headers: null, trailers: [], informational: [], octets: 0, sha256: null, failure: '' };
  return { target, pushed, ...nothing };
}

let session = null;
let open = 0;
let started = 0;
let latest = 0; // the id of the stream that was opened last

function connect() {
  const mine = http2.connect(base.origin, {
    rejectUnauthorized: false,
    maxReservedRemoteStreams: 1000,
    settings: { headerTableSize: 8192, initialWindowSize: 200000 },
  });
  mine.on('goaway', () => { if (session === mine) session = null; });
  mine.on('close', () => { if (session === mine) session = null; });
  mine.on('error', (error) => { process.stderr.write(`${error.stack}\n`); process.exitCode = 1; });
  mine.on('stream', (stream, headers) => {
    open += 1;
    const record = newRecord(headers[':path'], true);
    gather(stream, record, false, () => finish(record));
  });
  return mine;
}

function finish(record) {
  process.stdout.write(`${JSON.stringify(record)}\n`);
  open -= 1;
  next();
}

function start(request) {
  open += 1;
  started += 1;
  if (session === null) {
    session = connect();
    latest = 0;
  }
  if (started % 100 === 0 && !session.connecting) session.settings({ headerTableSize: TABLE_SIZES[(started / 100) % TABLE_SIZES.length] });
  const record = newRecord(request.target, false);
  const stream = session.request(request.headers, {
    endStream: request.up === 0 && !request.trailers, waitForTrailers: request.trailers,
    weight: 1 + started % 256, parent: started % 3 ? 0 : latest, exclusive: started % 7 === 0,
  });
  stream.on('ready', () => { latest = stream.id; });
  const octets = body(request.up);
  if (request.trailers) stream.on('wantTrailers', () => stream.sendTrailers({ 'x-body-digest': digest(octets) }));
  gather(stream, record, request.hold, (code) => {
    const refused = code === http2.constants.NGHTTP2_REFUSED_STREAM || (record.status === 0 && session === null);
    if (refused) requests.push(request);
    if (!refused) return finish(record);
    open -= 1;
    next();
  });
  if (request.up || request.trailers) stream.end(octets);
}

function next() {
  while (open < STREAMS && requests.length) start(requests.shift());
  if (open === 0 && requests.length === 0 && session !== null) session.close();
}

next();
