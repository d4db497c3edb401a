"""A peer on Pubby (https://pypi.org/project/pubby/): its models and its signatures (draft-cavage-http-signatures-12)."""

import json
import re
from email.message import Message
from typing import Any
from urllib.parse import urlparse

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pubby import Activity, Actor, Object
from pubby._http import guarded_get, guarded_post
from pubby.crypto import sign_request, verify_request
from pubby.webfinger import resolve_actor_url

from people import Library, serve

ACCEPT = "application/activity+json, application/ld+json"
ACTORS = ("Person", "Service", "Application", "Group", "Organization")


class Pubby(Library):
    """Keeps every key that it read for ever, by the key's id."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {}

    def webfinger(self, handle: str) -> str:
        name, domain = handle.split("@")
        return resolve_actor_url(name, domain)

    def document(self, plain: dict[str, Any]) -> dict[str, Any]:
        if plain["type"] in ACTORS:
            # Its actors have no date, and accounts without one wait until they are old enough.
            return Actor.build(plain).to_dict() | {"published": plain["published"]}
        if plain["type"] in ("Note", "Article"):
            return {"@context": plain["@context"], **Object.build(plain).to_dict()}
        activity = Activity.build(plain).to_dict()
        if isinstance(activity.get("object"), dict) and activity["object"]["type"] == "Note":
            activity["object"] = Object.build(activity["object"]).to_dict()
        return activity | ({"target": plain["target"]} if "target" in plain else {})

    def fetch(self, url: str, key_id: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
        headers = sign_request(key, key_id, "GET", url, headers={"Accept": ACCEPT})
        response = guarded_get(url, headers=headers, timeout=10, allow_private_targets=True)
        response.raise_for_status()
        document = response.json()
        if "Collection" in document["type"]:
            return document  # it has no type for them
        return (Actor if document["type"] in ACTORS else Object).build(document).to_dict()

    def deliver(self, inbox: str, activity: dict[str, Any], key_id: str, key: rsa.RSAPrivateKey) -> int:
        body = json.dumps(activity).encode()
        headers = sign_request(key, key_id, "POST", inbox, body, {"Content-Type": "application/activity+json"})
        return guarded_post(inbox, headers=headers, body=body, timeout=20, allow_private_targets=True).status_code

    def verify(self, method: str, url: str, headers: Message, body: bytes) -> bool:
        key_id = re.search('keyId="([^"]+)"', headers["Signature"])[1]
        if key_id not in self.keys:
            actor = json.loads(body)["actor"]
            response = guarded_get(actor, headers={"Accept": ACCEPT}, timeout=10, allow_private_targets=True)
            pem = Actor.build(response.json()).public_key_pem
            self.keys[key_id] = serialization.load_pem_public_key(pem.encode())
        return verify_request(self.keys[key_id], method, urlparse(url).path, dict(headers.items()), body)


serve(Pubby())
