"""A peer on apkit (https://pypi.org/project/apkit/): its client, its types (apmodel) and its signatures (apsig)."""

import asyncio
from email.message import Message
from typing import Any

import apmodel
from apkit.client.asyncio.client import ActivityPubClient
from apkit.config import AppConfig
from apkit.helper.inbox import InboxVerifier
from apkit.types import ActorKey
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.datastructures import URL

from people import Library, serve


class Apkit(Library):
    def __init__(self) -> None:
        self.verifier = InboxVerifier(AppConfig())

    def document(self, plain: dict[str, Any]) -> dict[str, Any]:
        read = apmodel.load(plain)
        # A Note with an address as `inReplyTo` is nothing that it reads.
        return apmodel.to_dict(read) if read else plain

    def fetch(self, url: str, key_id: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
        async def read() -> dict[str, Any]:
            async with ActivityPubClient() as client:
                return apmodel.to_dict(await client.actor.fetch(url))

        return asyncio.run(read())

    def webfinger(self, handle: str) -> str:
        async def find() -> str:
            name, domain = handle.split("@")
            async with ActivityPubClient() as client:
                found = await client.actor.resolve(name, domain)
                return next(link.href for link in found.links if link.rel == "self")

        return asyncio.run(find())

    def deliver(self, inbox: str, activity: dict[str, Any], key_id: str, key: rsa.RSAPrivateKey) -> int:
        async def send() -> int:
            async with ActivityPubClient() as client:
                signatures = [ActorKey(key_id=key_id, private_key=key)]
                async with client.post(inbox, json=activity, signatures=signatures, sign_with=["draft-cavage"]) as response:
                    return response.status

        return asyncio.run(send())

    def verify(self, method: str, url: str, headers: Message, body: bytes) -> bool:
        named = {name.lower(): value for name, value in headers.items()}
        return asyncio.run(self.verifier.verify(body, URL(url), method, named))


serve(Apkit())
