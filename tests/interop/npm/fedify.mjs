// A small server on Fedify (https://fedify.dev): its documents, signatures, inbox and queue are Fedify's, the people are ours.
//
//   node peer.mjs DOMAIN ADDRESS CERTIFICATE KEY ACTOR
//
// Orders come by plain HTTP: POST ADDRESS:8001/ORDER with JSON; README.md beside this folder names them.

import { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore } from '@fedify/fedify';
import * as vocab from '@fedify/vocab';
import { Temporal } from '@js-temporal/polyfill';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [domain, address, certificate, key, actorId] = process.argv.slice(2);
const origin = `https://${domain}`;
const { Accept, Announce, Block, Create, Delete, Follow, Like, Move, Note, Person, Reject, Tombstone, Undo, Update } = vocab;
const everybody = vocab.PUBLIC_COLLECTION;

// --- State -----------------------------------------------------------------------------------------------------------

const keys = new Map(); // name -> key pairs
const notes = new Map(); // id -> { who, text, inReplyTo, quote, direct, published, updated }
const received = []; // what arrived and was verified by Fedify
const moved = new Map(); // name -> id of the actor to which it moved
const aliases = new Map(); // name -> id of the actor that may move to it
const schemes = new Map(); // id of an activity -> how its request was signed
let onlyRfc9421 = false;
let signedOnly = false; // whether reading needs a signature

async function pairs(name) {
  if (!keys.has(name)) {
    const made = [await generateCryptoKeyPair('RSASSA-PKCS1-v1_5'), await generateCryptoKeyPair('Ed25519')];
    keys.set(name, made);
  }
  return keys.get(name);
}

// --- The server --------------------------------------------------------------------------------------------------------

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue({ pollInterval: { milliseconds: 50 } }),
  origin,
  allowPrivateAddress: true,
  firstKnock: 'rfc9421',
});

const person = async (ctx, name) =>
  new Person({
    id: ctx.getActorUri(name),
    preferredUsername: name,
    name: name[0].toUpperCase() + name.slice(1),
    inbox: ctx.getInboxUri(name),
    outbox: ctx.getOutboxUri(name),
    followers: ctx.getFollowersUri(name),
    endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
    url: new URL(`${origin}/@${name}`),
    published: Temporal.Instant.from('2020-01-01T00:00:00Z'),
    discoverable: true,
    successor: moved.get(name),
    alias: aliases.get(name),
    publicKey: (await ctx.getActorKeyPairs(name))[0].cryptographicKey,
    assertionMethods: (await ctx.getActorKeyPairs(name)).map(pair => pair.multikey),
  });

federation
  .setActorDispatcher('/users/{identifier}', (ctx, name) => (/^[a-z]+$/.test(name) ? person(ctx, name) : null))
  .setKeyPairsDispatcher((_, name) => pairs(name))
  .authorize(async ctx => !signedOnly || (await ctx.getSignedKey()) != null);
federation.setOutboxDispatcher('/users/{identifier}/outbox', () => ({ items: [] }));
federation.setFollowersDispatcher('/users/{identifier}/followers', () => ({ items: [] }));

const note = (ctx, id) => {
  const { who, text, inReplyTo, quote, direct, published, updated } = notes.get(id);
  return new Note({
    id: new URL(id),
    attribution: ctx.getActorUri(who),
    content: `<p>${text}</p>`,
    replyTarget: inReplyTo && new URL(inReplyTo),
    quote: quote && new URL(quote),
    published,
    updated,
    url: new URL(id),
    to: direct ? new URL(actorId) : everybody,
    cc: direct ? undefined : ctx.getFollowersUri(who),
  });
};
federation
  .setObjectDispatcher(Note, '/notes/{id}', (ctx, { id }) => {
    const uri = `${origin}/notes/${id}`;
    return notes.has(uri) ? note(ctx, uri) : null;
  })
  .authorize(async ctx => !signedOnly || (await ctx.getSignedKey()) != null);

const inbox = federation.setInboxListeners('/users/{identifier}/inbox', '/inbox');
inbox.setSharedKeyDispatcher(() => ({ identifier: 'reader' }));
for (const type of [Accept, Announce, Block, Create, Delete, Follow, Like, Move, Reject, Undo, Update]) {
  inbox.on(type, async (ctx, activity) => {
    const json = await activity.toJsonLd({ format: 'compact' });
    received.push({ type: type.name, scheme: schemes.get(activity.id.href), json });
  });
}
inbox.on(vocab.QuoteRequest, (_, activity) => void received.push({ type: 'QuoteRequest', id: activity.id.href }));
inbox.onError((_, error) => received.push({ type: 'Error', message: error.message }));

const context = () => federation.createContext(new URL(origin));

// --- Orders ------------------------------------------------------------------------------------------------------------

let count = 0;
const fresh = kind => new URL(`${origin}/${kind}/${++count}`);
const acts = new Map(); // what stands, by person and kind
const now = () => Temporal.Now.instant();

/** Sends an activity to the letter's actor, and waits until its server took it. */
async function send(who, activity) {
  const ctx = context();
  const actor = await letter(ctx);
  await ctx.sendActivity({ identifier: who }, actor, activity, { immediate: true });
  return activity.id.href;
}

const loader = ctx => ctx.getDocumentLoader({ identifier: 'reader' });
const letter = async ctx => (await ctx.lookupObject(actorId, { documentLoader: await loader(ctx) }));

const about = (who, more) => ({ actor: new URL(`${origin}/users/${who}`), to: everybody, ...more });

async function stand(who, kind, activity) {
  acts.set(`${who} ${kind}`, activity);
  return { id: await send(who, activity) };
}

async function undo(who, kind) {
  const object = acts.get(`${who} ${kind}`);
  acts.delete(`${who} ${kind}`);
  return { id: await send(who, new Undo(about(who, { id: fresh('undos'), object }))) };
}

function publish(who, id, Kind, activity = `${id}/${Kind.name.toLowerCase()}/${++count}`) {
  const object = note(context(), id);
  return send(who, new Kind(about(who, { id: new URL(activity), object, to: object.toId })));
}

const orders = {
  /** Everybody here has an Ed25519 key, and with one Fedify proves each activity (FEP-8b32). */
  proves: () => ({}),
  async webfinger({ of }) {
    const { links } = await context().lookupWebFinger(`acct:${of}`);
    return { found: links.find(link => link.rel === 'self')?.href };
  },
  async lookup({ of }) {
    const ctx = context();
    const found = await ctx.lookupObject(of, { documentLoader: await loader(ctx) });
    if (!found) return { found: null };
    return { found: await found.toJsonLd({ format: 'compact' }), type: found.constructor.name };
  },
  async collection({ of }) {
    const ctx = context();
    const documentLoader = await loader(ctx);
    const collection = await ctx.lookupObject(of, { documentLoader });
    const items = [];
    for await (const item of ctx.traverseCollection(collection, { documentLoader })) items.push(item.id?.href);
    return { items };
  },
  follow: ({ who }) => stand(who, 'follow', new Follow(about(who, { id: fresh('follows'), object: new URL(actorId) }))),
  unfollow: ({ who }) => undo(who, 'follow'),
  like: ({ who, object, id }) =>
    stand(who, 'like', new Like(about(who, { id: id ? new URL(id) : fresh('likes'), object: new URL(object) }))),
  unlike: ({ who }) => undo(who, 'like'),
  boost: ({ who, object }) => stand(who, 'boost', new Announce(about(who, { id: fresh('boosts'), object: new URL(object) }))),
  unboost: ({ who }) => undo(who, 'boost'),
  async reply({ who, object, text, direct }) {
    const id = fresh('notes').href;
    notes.set(id, { who, text, inReplyTo: object, direct, published: now() });
    await publish(who, id, Create);
    return { id };
  },
  async edit({ who, id, text, activity }) {
    Object.assign(notes.get(id), { text, updated: now() });
    await publish(who, id, Update, activity);
    return {};
  },
  async delete({ who, id }) {
    notes.delete(id);
    await send(who, new Delete(about(who, { id: new URL(`${id}/delete`), object: new Tombstone({ id: new URL(id) }) })));
    return {};
  },
  async quote({ who, object, text }) {
    const id = fresh('notes').href;
    notes.set(id, { who, text, quote: object, published: now() });
    const request = new vocab.QuoteRequest(
      about(who, { id: fresh('quotes'), object: new URL(object), instrument: note(context(), id) }),
    );
    await send(who, request);
    await publish(who, id, Create);
    return { id, request: request.id.href };
  },
  block: ({ who }) => stand(who, 'block', new Block(about(who, { id: fresh('blocks'), object: new URL(actorId) }))),
  unblock: ({ who }) => undo(who, 'block'),
  async move({ who, to }) {
    const self = new URL(`${origin}/users/${who}`);
    const target = new URL(`${origin}/users/${to}`);
    moved.set(who, target);
    aliases.set(to, self);
    await send(who, new Move(about(who, { id: fresh('moves'), object: self, target })));
    return {};
  },
  only_rfc9421() {
    onlyRfc9421 = true;
    return {};
  },
  signed_only() {
    signedOnly = true;
    return {};
  },
  received: () => ({ received }),
};

// --- Rim ---------------------------------------------------------------------------------------------------------------

async function read(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

https
  .createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (incoming, response) => {
    const { method, headers, url } = incoming;
    const body = method === 'POST' ? await read(incoming) : undefined;
    if (body) {
      const scheme = headers['signature-input'] ? 'rfc9421' : 'draft-cavage';
      if (onlyRfc9421 && scheme !== 'rfc9421') return response.writeHead(401).end();
      schemes.set(JSON.parse(body).id, scheme);
    }
    const answer = await federation.fetch(new Request(origin + url, { method, headers, body }), { contextData: undefined });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  })
  .listen(443, address);

http
  .createServer(async (incoming, response) => {
    try {
      const order = JSON.parse((await read(incoming)) || '{}');
      response.end(JSON.stringify(await orders[incoming.url.slice(1)](order)));
    } catch (error) {
      response.writeHead(500).end(JSON.stringify({ error: error.stack }));
    }
  })
  .listen(8001, address, () => console.log('ready'));
