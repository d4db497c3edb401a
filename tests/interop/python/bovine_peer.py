"""A peer on bovine (https://pypi.org/project/bovine/): its signatures, in both schemes, and its HTTP client."""

import asyncio
import json
from email.message import Message
from typing import Any

import aiohttp
from bovine.clients import lookup_account_with_webfinger
from bovine.clients.signed_http import SignedHttpClient, legacy_digest_method_uppercase
from bovine.crypto import build_validate_http_signature_raw
from bovine.crypto.types import CryptographicIdentifier
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from people import Library, serve

ACCEPT = {"Accept": "application/activity+json"}


async def retrieve(key_id: str) -> CryptographicIdentifier | None:
    async with aiohttp.ClientSession() as session, session.get(key_id, headers=ACCEPT) as response:
        document = await response.json(content_type=None)
        key = document["publicKey"]
        return CryptographicIdentifier.from_pem(key["publicKeyPem"], key["owner"])


class Bovine(Library):
    def __init__(self) -> None:
        self.validate = build_validate_http_signature_raw(retrieve)

    def document(self, plain: dict[str, Any]) -> dict[str, Any]:
        return plain

    def client(self, session: aiohttp.ClientSession, key_id: str, key: rsa.RSAPrivateKey) -> SignedHttpClient:
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return SignedHttpClient(session, key_id, pem.decode(), legacy_digest_method_uppercase)

    def fetch(self, url: str, key_id: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
        async def read() -> dict[str, Any]:
            async with aiohttp.ClientSession() as session:
                client = self.client(session, key_id, key)
                response = await client.get(url, headers=ACCEPT)
                if response.status in (301, 302, 303, 307, 308):  # which its signed GET does not follow
                    response = await client.get(response.headers["Location"], headers=ACCEPT)
                response.raise_for_status()
                return await response.json(content_type=None)

        return asyncio.run(read())

    def webfinger(self, handle: str) -> str:
        async def find() -> str:
            async with aiohttp.ClientSession() as session:
                return (await lookup_account_with_webfinger(session, handle)) or ""

        return asyncio.run(find())

    def deliver(self, inbox: str, activity: dict[str, Any], key_id: str, key: rsa.RSAPrivateKey) -> int:
        async def send() -> int:
            async with aiohttp.ClientSession() as session:
                response = await self.client(session, key_id, key).post(inbox, json.dumps(activity))
                return response.status

        return asyncio.run(send())

    def verify(self, method: str, url: str, headers: Message, body: bytes) -> bool:
        named = {name.lower(): value for name, value in headers.items()}

        async def check() -> bool:
            async def read() -> bytes:
                return body

            owner = await self.validate(method, url, named, read)
            return owner is not None and owner == json.loads(body)["actor"]

        return asyncio.run(check())


serve(Bovine())
