"""People on a small server of the Fediverse, and the orders that they take. A peer of this folder brings a library of
another author for what counts: documents, signatures and their verification (`Library`).

    python3 PEER.py DOMAIN ADDRESS CERTIFICATE KEY ACTOR

It speaks HTTPS at ADDRESS:443 as DOMAIN, and takes orders by plain HTTP: POST ADDRESS:8001/ORDER with JSON.
"""

import datetime
import http.server
import json
import re
import ssl
import sys
import threading
import traceback
from abc import ABC, abstractmethod
from email.message import Message
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

EVERYBODY = "https://www.w3.org/ns/activitystreams#Public"


class Unsupported(Exception):
    """Something that the library cannot do."""


class Library(ABC):
    """What another author's code does for a peer."""

    @abstractmethod
    def document(self, plain: dict[str, Any]) -> dict[str, Any]:
        """The document as the library writes it, read into its own types first."""

    @abstractmethod
    def fetch(self, url: str, key_id: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
        """Reads a document by a signed GET and gives it as the library understood it."""

    @abstractmethod
    def deliver(self, inbox: str, activity: dict[str, Any], key_id: str, key: rsa.RSAPrivateKey) -> int:
        """Signs and sends an activity; the status of the answer."""

    def webfinger(self, handle: str) -> str:
        """The id of the actor with a handle."""
        raise Unsupported

    #: Whether it verifies the signatures of RFC 9421 with the components that Mastodon demands (`@target-uri`).
    rfc9421 = False

    @abstractmethod
    def verify(self, method: str, url: str, headers: Message, body: bytes) -> bool:
        """Whether the request is signed by the actor of its activity, whose key the library fetches."""


class People:
    def __init__(self, library: Library, domain: str, actor: str):
        self.library = library
        self.origin = f"https://{domain}"
        self.domain = domain
        self.actor = actor
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.notes: dict[str, dict[str, Any]] = {}
        self.acts: dict[tuple[str, str], dict[str, Any]] = {}
        self.moved: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.signed_only = False
        self.only_rfc9421 = False
        self.received: list[dict[str, Any]] = []
        self.count = 0

    # --- Documents -------------------------------------------------------------------------------------------------

    def person(self, name: str) -> dict[str, Any]:
        own = f"{self.origin}/users/{name}"
        pem = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        document = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": own,
            "type": "Person",
            "preferredUsername": name,
            "name": name.capitalize(),
            "inbox": f"{own}/inbox",
            "outbox": f"{own}/outbox",
            "followers": f"{own}/followers",
            "url": f"{self.origin}/@{name}",
            "published": "2020-01-01T00:00:00Z",
            "discoverable": True,
            "publicKey": {"id": f"{own}#main-key", "owner": own, "publicKeyPem": pem.decode()},
        }
        if name in self.moved:
            document["movedTo"] = self.moved[name]
        if name in self.aliases:
            document["alsoKnownAs"] = [self.aliases[name]]
        return document

    def fresh(self, kind: str) -> str:
        self.count += 1
        return f"{self.origin}/{kind}/{self.count}"

    def activity(self, who: str, kind: str, identity: str, thing: Any, **more: Any) -> dict[str, Any]:
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": identity,
            "type": kind,
            "actor": f"{self.origin}/users/{who}",
            "object": thing,
            "to": [EVERYBODY],
            **more,
        }

    # --- What people do --------------------------------------------------------------------------------------------

    def send(self, who: str, activity: dict[str, Any]) -> str:
        key_id = f"{self.origin}/users/{who}#main-key"
        inbox = self.library.fetch(self.actor, key_id, self.key)["inbox"]
        status = self.library.deliver(inbox, self.library.document(activity), key_id, self.key)
        if status >= 300:
            raise RuntimeError(f"{activity['type']}: {inbox} answered {status}")
        return activity["id"]

    def stand(self, who: str, kind: str, activity: dict[str, Any]) -> dict[str, Any]:
        self.acts[(who, kind)] = activity
        return {"id": self.send(who, activity)}

    def undo(self, who: str, kind: str) -> dict[str, Any]:
        thing = {name: value for name, value in self.acts.pop((who, kind)).items() if name != "@context"}
        return {"id": self.send(who, self.activity(who, "Undo", self.fresh("undos"), thing))}

    def publish(self, who: str, identity: str, kind: str, activity: str | None = None) -> None:
        self.count += 1
        activity = activity or f"{identity}/{kind.lower()}/{self.count}"
        note = self.notes[identity]
        self.send(who, self.activity(who, kind, activity, note) | {"to": note["to"]})

    def collection(self, url: str) -> list[Any]:
        """The items of a collection, page by page."""
        key_id = f"{self.origin}/users/reader#main-key"
        page = self.library.fetch(url, key_id, self.key)
        items: list[Any] = []
        while page:
            items += page.get("orderedItems") or page.get("items") or []
            following = page.get("first") or page.get("next")
            page = self.library.fetch(following, key_id, self.key) if isinstance(following, str) else following
        return items

    def order(self, name: str, order: dict[str, Any]) -> dict[str, Any]:
        who, thing = order.get("who", ""), order.get("object", "")
        match name:
            case "lookup":
                return {"found": self.library.fetch(order["of"], f"{self.origin}/users/reader#main-key", self.key)}
            case "webfinger":
                return {"found": self.library.webfinger(order["of"])}
            case "only_rfc9421":
                if not self.library.rfc9421:
                    raise Unsupported
                self.only_rfc9421 = True
                return {}
            case "quote" | "proves":
                raise Unsupported
            case "follow":
                return self.stand(who, "follow", self.activity(who, "Follow", self.fresh("follows"), self.actor))
            case "like":
                return self.stand(who, "like", self.activity(who, "Like", order.get("id") or self.fresh("likes"), thing))
            case "boost":
                return self.stand(who, "boost", self.activity(who, "Announce", self.fresh("boosts"), thing))
            case "block":
                return self.stand(who, "block", self.activity(who, "Block", self.fresh("blocks"), self.actor))
            case "unfollow" | "unlike" | "unboost" | "unblock":
                return self.undo(who, name.removeprefix("un"))
            case "reply":
                identity = self.fresh("notes")
                direct = order.get("direct")
                self.notes[identity] = {
                    "id": identity,
                    "type": "Note",
                    "attributedTo": f"{self.origin}/users/{who}",
                    "content": f"<p>{order['text']}</p>",
                    "inReplyTo": thing,
                    "published": now(),
                    "url": identity,
                    "to": [self.actor] if direct else [EVERYBODY],
                    "cc": [] if direct else [f"{self.origin}/users/{who}/followers"],
                }
                self.publish(who, identity, "Create")
                return {"id": identity}
            case "edit":
                self.notes[order["id"]] |= {"content": f"<p>{order['text']}</p>", "updated": now()}
                self.publish(who, order["id"], "Update", order.get("activity"))
                return {}
            case "delete":
                del self.notes[order["id"]]
                tombstone = {"id": order["id"], "type": "Tombstone"}
                self.send(who, self.activity(who, "Delete", f"{order['id']}/delete", tombstone))
                return {}
            case "move":
                own, new = f"{self.origin}/users/{who}", f"{self.origin}/users/{order['to']}"
                self.moved[who], self.aliases[order["to"]] = new, own
                self.send(who, self.activity(who, "Move", self.fresh("moves"), own, target=new))
                return {}
            case "signed_only":
                self.signed_only = True
                return {}
            case "collection":
                return {"items": self.collection(order["of"])}
            case "received":
                return {"received": self.received}
        raise ValueError(f"no order {name}")


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def serve(library: Library) -> None:
    domain, address, certificate, key, actor = sys.argv[1:6]
    people = People(library, domain, actor)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def answer(self, status: int, document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/activity+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    class Server(Handler):
        def do_GET(self) -> None:
            if people.signed_only and "Signature" not in self.headers:
                return self.answer(401, {})
            if self.path.startswith("/.well-known/webfinger"):
                name = re.search("acct(?::|%3A)([a-z]+)", self.path)
                if not name:
                    return self.answer(404, {})
                own = f"{people.origin}/users/{name[1]}"
                links = [{"rel": "self", "type": "application/activity+json", "href": own}]
                return self.answer(200, {"subject": f"acct:{name[1]}@{domain}", "links": links})
            if name := re.fullmatch("/(?:users/|@)([a-z]+)", self.path):
                return self.answer(200, library.document(people.person(name[1])))
            note = people.notes.get(people.origin + self.path)
            if note is None:
                return self.answer(404, {})
            context = "https://www.w3.org/ns/activitystreams"
            return self.answer(200, library.document({"@context": context, **note}))

        def do_POST(self) -> None:
            body = self.body()
            activity = json.loads(body)
            scheme = "rfc9421" if "Signature-Input" in self.headers else "draft-cavage"
            if people.only_rfc9421 and scheme != "rfc9421":
                return self.answer(401, {})
            try:
                verified = library.verify("POST", people.origin + self.path, self.headers, body)
            except Exception as error:
                traceback.print_exc()
                people.received.append({"type": "Error", "message": repr(error), "json": activity})
                return self.answer(401, {})
            kind = activity["type"] if verified else "Error"
            people.received.append({"type": kind, "scheme": scheme, "json": activity})
            return self.answer(202 if verified else 401, {})

    class Orders(Handler):
        def do_POST(self) -> None:
            try:
                self.answer(200, people.order(self.path[1:], json.loads(self.body() or b"{}")))
            except Unsupported:
                self.answer(501, {"unsupported": self.path[1:]})
            except Exception as error:
                traceback.print_exc()
                self.answer(500, {"error": repr(error)})

    secure = http.server.ThreadingHTTPServer((address, 443), Server)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    secure.socket = tls.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=secure.serve_forever, daemon=True).start()
    print("ready", flush=True)
    http.server.ThreadingHTTPServer((address, 8001), Orders).serve_forever()
