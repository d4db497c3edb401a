// Servers of other people: homes that answer the box in one way each, and one on which people sign.

import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/2.0";

/** A server whose `answer(path, origin)` gives `[type, body]`, or nothing for 404. */
export class Home {
  static async start(answer) {
    const home = new this();
    home.server = createServer((request, response) => {
      const found = request.method === "POST" ? ["text/plain", ""] : answer(request.url, home.origin);
      request.resume();
      response.writeHead(found ? 200 : 404, { "content-type": found?.[0] ?? "text/plain" });
      response.end(found?.[1] ?? "not here");
    });
    await new Promise((done) => home.server.listen(0, "127.0.0.1", done));
    home.authority = `127.0.0.1:${home.server.address().port}`;
    home.origin = `http://${home.authority}`;
    return home;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

const page = (title, text) => [
  "text/html; charset=utf-8",
  `<!doctype html><html lang="en"><title>${title}</title><p id="text"></p><script>
   document.getElementById("text").textContent = new URLSearchParams(location.search).get("${text}")</script></html>`,
];

const jrd = (...links) => [
  "application/jrd+json",
  JSON.stringify({ subject: "acct:me@m.example", links: links.map(([rel, template]) => ({ rel, template })) }),
];

/** The known ways in which a home answers, each with what the page has to offer then. */
export const HOMES = {
  intents: {
    offers: ["/share?text=", "/open?uri="],
    answer: (path, origin) => {
      if (path.startsWith("/.well-known/webfinger")) {
        return jrd(
          ["https://w3id.org/fep/3b86/Create", `${origin}/share?text={content}`],
          ["https://w3id.org/fep/3b86/Object", `${origin}/open?uri={object}`],
        );
      }
      if (path.startsWith("/share")) return page("Share", "text");
      if (path.startsWith("/open")) return page("Open", "uri");
      return undefined;
    },
  },
  subscribe: {
    offers: ["/subscribe?acct="],
    answer: (path, origin) =>
      path.startsWith("/.well-known/webfinger")
        ? jrd(["http://ostatus.org/schema/1.0/subscribe", `${origin}/subscribe?acct={uri}`])
        : undefined,
  },
  software: {
    offers: ["/share?text="],
    answer: (path, origin) => {
      if (path === "/.well-known/nodeinfo") {
        return ["application/json", JSON.stringify({ links: [{ rel: NODEINFO, href: `${origin}/nodeinfo/2.0` }] })];
      }
      if (path === "/nodeinfo/2.0") {
        return ["application/json", JSON.stringify({ version: "2.0", software: { name: "misskey", version: "1" } })];
      }
      return undefined;
    },
  },
  elsewhere: {
    offers: [],
    answer: (path) =>
      path.startsWith("/.well-known/webfinger")
        ? jrd(["https://w3id.org/fep/3b86/Create", "https://evil.example/share?text={content}"])
        : undefined,
  },
  page: { offers: [], answer: () => ["text/html", "<!doctype html><p>Hello"] },
  nothing: { offers: [], answer: () => undefined },
};

/** An issue on Forgejo, on which these people commented in this order. */
export class Forge extends Home {
  static THREAD = "/open/letter/issues/7";

  static start(comments) {
    const at = "2026-11-01T12:00:00Z";
    const written = Object.entries(comments).map(([login, body], n) => ({
      id: n + 1,
      type: "comment",
      user: { id: n + 1, login, full_name: "", created: "2020-01-01T00:00:00Z" },
      body,
      created_at: at,
      updated_at: at,
    }));
    return super.start((path) => {
      const json = (value) => ["application/json", JSON.stringify(value)];
      const { pathname, searchParams } = new URL(path, "http://forge");
      if (pathname === "/api/v1/version") return json({ version: "14.0.0" });
      const issue = pathname.split(`/api/v1/repos${this.THREAD}`)[1];
      if (issue === "") return json({ id: 77, body: "Read it first", is_locked: false, comments: written.length, updated_at: at });
      return issue === undefined ? undefined : json(searchParams.get("page") === "1" ? written : []);
    });
  }

  get thread() {
    return `${this.origin}${Forge.THREAD}`;
  }
}

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = publicKey.export({ type: "spki", format: "pem" });

/** A server on which everybody has an account under any name, years old. */
export class People extends Home {
  static start() {
    return super.start((path, origin) => {
      const user = /^\/users\/([\w]+)$/.exec(path)?.[1];
      if (!user) return undefined;
      const id = `${origin}/users/${user}`;
      const actor = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        id,
        type: "Person",
        preferredUsername: user,
        name: user[0].toUpperCase() + user.slice(1),
        inbox: `${id}/inbox`,
        discoverable: true,
        published: "2020-01-01T00:00:00Z",
        publicKey: { id: `${id}#main-key`, owner: id, publicKeyPem: PEM },
      };
      return ["application/activity+json", JSON.stringify(actor)];
    });
  }

  /** `user` likes the letter. */
  likes(letter, user) {
    return this.#does(letter, user, "Like", `${letter}/letter`);
  }

  /** `user` answers the letter in public with this plain text; a handle of the letter becomes a mention. */
  says(letter, user, text) {
    const actor = `${this.origin}/users/${user}`;
    const mention = `<a href="${letter}/actor" class="u-url mention">@letter</a>`;
    const content = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/@letter@[\w.:]+/, mention);
    return this.#does(letter, user, "Create", {
      id: `${actor}/statuses/${createHash("sha256").update(text).digest("hex").slice(0, 12)}`,
      type: "Note",
      attributedTo: actor,
      inReplyTo: `${letter}/letter`,
      content: `<p>${content}</p>`,
      published: new Date().toISOString(),
      tag: [{ type: "Mention", href: `${letter}/actor`, name: "@letter" }],
      to: [PUBLIC],
      cc: [`${letter}/actor`],
    });
  }

  /** `user` writes to the letter alone. */
  whispers(letter, user, text) {
    const actor = `${this.origin}/users/${user}`;
    return this.#does(letter, user, "Create", {
      id: `${actor}/statuses/direct`,
      type: "Note",
      attributedTo: actor,
      content: `<p>${text}</p>`,
      published: new Date().toISOString(),
      tag: [{ type: "Mention", href: `${letter}/actor`, name: "@letter" }],
      to: [`${letter}/actor`],
    });
  }

  /** Signs as Mastodon does (draft-cavage-http-signatures-12). */
  async #does(letter, user, type, object) {
    const actor = `${this.origin}/users/${user}`;
    const body = JSON.stringify({
      "@context": "https://www.w3.org/ns/activitystreams",
      id: `${actor}/activities/${type}-${object.id ?? "letter"}`,
      type,
      actor,
      object,
    });
    const { host } = new URL(letter);
    const date = new Date().toUTCString();
    const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
    const signed = `(request-target): post /inbox\nhost: ${host}\ndate: ${date}\ndigest: ${digest}`;
    const signature = createSign("RSA-SHA256").update(signed).sign(privateKey, "base64");
    const response = await fetch(`${letter}/inbox`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/activity+json",
        date,
        digest,
        signature: `keyId="${actor}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="${signature}"`,
      },
    });
    if (response.status !== 202) throw new Error(`${type} of ${user}: ${response.status} ${await response.text()}`);
  }
}
