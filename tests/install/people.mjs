// A small server of the Fediverse for one walk: people who follow, like and answer the letter, and read what it sends.
//
//   node people.mjs DOMAIN ADDRESS CERTIFICATE KEY LETTER
//
// It speaks HTTPS at ADDRESS:443 as DOMAIN, and takes orders by plain HTTP at ADDRESS:8001:
//
//   POST /NAME/reply     the text is the body; answers the letter in public, and prints the id of the note
//   POST /NAME/answer    the same, to the newest note that NAME received
//   POST /NAME/like      likes the letter
//   POST /NAME/follow    follows the letter's actor
//   POST /NAME/delete    deletes what NAME wrote, everywhere
//   GET  /received       what arrived, a line each: TYPE NAME

import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [domain, address, certificate, key, letter] = process.argv.slice(2);
const origin = `https://${domain}`;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' });
const everybody = 'https://www.w3.org/ns/activitystreams#Public';
const context = ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'];
const notes = new Map();
const received = [];
let count = 0;

const actor = name => `${origin}/users/${name}`;

const profile = name => ({
  '@context': context,
  id: actor(name),
  type: 'Person',
  preferredUsername: name,
  name: name[0].toUpperCase() + name.slice(1),
  published: '2020-01-01T00:00:00Z',
  discoverable: true,
  inbox: `${actor(name)}/inbox`,
  outbox: `${actor(name)}/outbox`,
  followers: `${actor(name)}/followers`,
  url: `${origin}/@${name}`,
  publicKey: { id: `${actor(name)}#main-key`, owner: actor(name), publicKeyPem },
});

/** A request to the letter's server, which signs as NAME if there is a body (draft-cavage-http-signatures-12). */
function request(name, url, body) {
  const { host, pathname } = new URL(url);
  const headers = { host, accept: 'application/activity+json' };
  if (body) {
    headers.date = new Date().toUTCString();
    headers.digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
    headers['content-type'] = 'application/activity+json';
    const signed = ['(request-target)', 'host', 'date', 'digest', 'content-type'];
    const values = { ...headers, '(request-target)': `post ${pathname}` };
    const text = signed.map(header => `${header}: ${values[header]}`).join('\n');
    const signature = createSign('sha256').update(text).sign(pair.privateKey, 'base64');
    headers.signature =
      `keyId="${actor(name)}#main-key",algorithm="rsa-sha256",headers="${signed.join(' ')}",signature="${signature}"`;
  }
  return new Promise((resolve, reject) => {
    const sent = https.request(url, { method: body ? 'POST' : 'GET', headers, timeout: 20_000 }, async response => {
      const text = await read(response);
      if (response.statusCode >= 300) reject(new Error(`${url}: ${response.statusCode} ${text}`));
      else resolve(text);
    });
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`${url}: no answer`)));
    sent.end(body);
  });
}

async function read(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function send(name, activity) {
  const author = JSON.parse(await request(name, `${letter}/letter`)).attributedTo;
  const { inbox } = JSON.parse(await request(name, author));
  await request(name, inbox, JSON.stringify({ '@context': context, actor: actor(name), to: [everybody], ...activity }));
}

async function write(name, content, inReplyTo) {
  const id = `${origin}/notes/${++count}`;
  const note = {
    id,
    type: 'Note',
    attributedTo: actor(name),
    content: `<p>${content}</p>`,
    inReplyTo,
    published: new Date().toISOString(),
    to: [everybody],
    cc: [],
    url: id,
  };
  notes.set(id, note);
  await send(name, { id: `${id}/activity`, type: 'Create', object: note });
  return id;
}

const orders = {
  reply: (name, text) => write(name, text, `${letter}/letter`),
  answer: (name, text) => {
    const newest = received.findLast(one => one.name === name && one.activity.type === 'Create');
    return write(name, text, newest.activity.object.id);
  },
  like: name => send(name, { id: `${origin}/likes/${++count}`, type: 'Like', object: `${letter}/letter` }),
  follow: name => send(name, { id: `${origin}/follows/${++count}`, type: 'Follow', object: `${letter}/actor` }),
  delete: async name => {
    for (const [id, note] of notes) {
      if (note.attributedTo !== actor(name)) continue;
      notes.delete(id);
      await send(name, { id: `${id}/delete`, type: 'Delete', object: { id, type: 'Tombstone' } });
    }
  },
};

const answer = (response, status, document, type = 'application/activity+json') => {
  response.writeHead(status, { 'content-type': type });
  response.end(document ? JSON.stringify(document) : '');
};

https
  .createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (incoming, response) => {
    const url = new URL(incoming.url, origin);
    const person = url.pathname.match(/^\/(?:users\/|@)([a-z]+)(\/inbox)?$/);
    if (incoming.method === 'POST' && person) {
      received.push({ name: person[1], activity: JSON.parse(await read(incoming)) });
      return answer(response, 202);
    }
    if (url.pathname === '/.well-known/webfinger') {
      const name = url.searchParams.get('resource')?.match(/^acct:([a-z]+)@/)?.[1];
      if (!name) return answer(response, 404);
      const links = [{ rel: 'self', type: 'application/activity+json', href: actor(name) }];
      return answer(response, 200, { subject: `acct:${name}@${domain}`, links }, 'application/jrd+json');
    }
    if (person) return answer(response, 200, profile(person[1]));
    const note = notes.get(origin + url.pathname);
    return note ? answer(response, 200, { '@context': context, ...note }) : answer(response, 404);
  })
  .listen(443, address);

http
  .createServer(async (incoming, response) => {
    try {
      if (incoming.url === '/received') {
        return response.end(received.map(one => `${one.activity.type} ${one.name}\n`).join(''));
      }
      const [, name, order] = incoming.url.split('/');
      const done = await orders[order](name, await read(incoming));
      response.end(`${done ?? 'done'}\n`);
    } catch (error) {
      response.writeHead(502).end(`${error.message}\n`);
    }
  })
  .listen(8001, address, () => console.log('ready'));
