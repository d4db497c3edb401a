// Reads what the letter serves with programs that are not ours: a JSON-LD processor, the W3C's HTML checker, a PNG decoder.
//
//   node documents.mjs LETTER
//
// It prints a fault a line and exits with 1 if there is one. The contexts come from a package, not from the network.

import { getDocumentLoader } from '@fedify/vocab-runtime';
import jsonld from 'jsonld';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import vnu from 'vnu-jar';

const [letter] = process.argv.slice(2);
const faults = [];
const documentLoader = getDocumentLoader();

async function get(path, accept) {
  const response = await fetch(new URL(path, letter), { headers: { accept } });
  if (!response.ok) faults.push(`${path}: ${response.status}`);
  return response;
}

// --- ActivityPub: expansion loses no member --------------------------------------------------------------------------

/** Every id of ours that a document names, so that the next ones are found as another server would find them. */
function* links(value) {
  if (typeof value === 'string' && value.startsWith(letter) && !value.includes('#')) yield value;
  else if (Array.isArray(value)) for (const item of value) yield* links(item);
  else if (value && typeof value === 'object') for (const [name, item] of Object.entries(value)) {
    if (['first', 'next', 'items', 'orderedItems', 'object', 'outbox', 'featured', 'replies', 'likes', 'shares', 'followers'].includes(name)) {
      yield* links(item);
    } else if (item && typeof item === 'object') yield* links(item);
  }
}

/** The members that no context defines: ActivityStreams makes blank nodes of them, which safe mode lets pass. */
function* undefinedMembers(expanded) {
  if (Array.isArray(expanded)) for (const item of expanded) yield* undefinedMembers(item);
  else if (expanded && typeof expanded === 'object') for (const [name, value] of Object.entries(expanded)) {
    if (name.startsWith('_:')) yield name.slice(2);
    yield* undefinedMembers(value);
  }
}

const waiting = ['/actor', '/instance-actor', '/letter'].map(path => letter + path);
const documents = new Set(waiting);
while (waiting.length > 0) {
  const url = waiting.shift();
  const response = await get(url, 'application/activity+json');
  if (!response.headers.get('content-type')?.startsWith('application/activity+json')) continue;
  const document = await response.json();
  try {
    const expanded = await jsonld.expand(document, { documentLoader, safe: true });
    for (const name of undefinedMembers(expanded)) faults.push(`${url}: no context defines ${name}`);
  } catch (error) {
    faults.push(`${url}: ${error.message} ${JSON.stringify(error.details?.event?.details ?? '')}`);
  }
  for (const link of links(document)) {
    if (documents.has(link) || documents.size >= 50) continue;
    documents.add(link);
    waiting.push(link);
  }
}

// --- Pages: the checker of the W3C -----------------------------------------------------------------------------------

const pages = ['/', '/supporters', '/history', '/history/1', '/timeline', '/statistics', '/privacy', '/about', '/api', '/embed', '/nothing'];
const folder = mkdtempSync(join(tmpdir(), 'pages-'));
const files = [];
for (const path of pages) {
  const response = await fetch(new URL(path, letter), { headers: { accept: 'text/html' } });
  const file = join(folder, `page${path.replaceAll('/', '-')}.html`);
  writeFileSync(file, await response.text());
  files.push(file);
}
try {
  execFileSync('java', ['-Xss1m', '-jar', vnu, '--errors-only', '--format', 'gnu', ...files], { stdio: 'pipe' });
} catch (error) {
  faults.push(...error.stderr.toString().trim().split('\n').map(line => line.replace(folder, '')));
}
rmSync(folder, { recursive: true });

// --- Pictures --------------------------------------------------------------------------------------------------------

for (const [path, width, height] of [['/og.png', 1200, 630], ['/icon.png', 0, 0]]) {
  const picture = PNG.sync.read(Buffer.from(await (await get(path, 'image/png')).arrayBuffer()));
  if (width && (picture.width !== width || picture.height !== height)) {
    faults.push(`${path}: ${picture.width} by ${picture.height}`);
  }
}

for (const fault of faults) console.log(fault);
if (faults.length === 0) console.log(`${documents.size} documents, ${pages.length} pages, 2 pictures`);
process.exitCode = faults.length > 0 ? 1 : 0;
