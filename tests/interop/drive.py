"""Drives each peer through one scenario against a fresh letter, and prints a line for each step.

    python3 drive.py PROGRAM INSTALLED ABSENT [--write] [PEER…]

It runs in namespaces of its own (`laboratory`): names, ports and processes are nobody else's. INSTALLED is the folder with
what `run` installed, ABSENT names the peers that it could not.
"""

import http.client
import json
import os
import pathlib
import platform
import shutil
import signal
import ssl
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable
from typing import Any

HERE = pathlib.Path(__file__).parent
LETTER = "https://letter.example"
NOTE, ACTOR = f"{LETTER}/letter", f"{LETTER}/actor"
PATIENCE = 30.0

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder};
    server {{
        listen 127.0.0.1:443 ssl;
        server_name letter.example;
        ssl_certificate {folder}/letter.example.pem;
        ssl_certificate_key {folder}/letter.example.key;
        location / {{
            proxy_pass http://127.0.0.1:8080;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""

CONFIG = """
[server]
base_url = "https://letter.example"
[actor]
contact = "Ada <ada@letter.example>"
[endorsing]
nameless = true
[pledge]
words = ["I left"]
label = "have left GitHub"
[net]
ca_file = "{authority}"
allow_addresses = ["127.0.0.0/8"]
"""


class Wrong(Exception):
    """A step that did not do what it should."""


class Unsupported(Exception):
    """Something that the peer's library cannot do."""


def eventually(what: str, look: Callable[[], Any]) -> Any:
    """Waits until `look` gives something that is true."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.1)
    raise Wrong(f"{what}: not within {PATIENCE:.0f} s")


def expect(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise Wrong(f"{what}: {found!r}, should be {wanted!r}")


class Letter:
    """A letter on a database of its own, behind TLS."""

    def __init__(self, program: str, folder: pathlib.Path, lab: pathlib.Path):
        self.program, self.folder = program, folder
        folder.mkdir()
        shutil.copy(HERE.parent.parent / "letter.md", folder)
        for name in ("letter.example.pem", "letter.example.key"):
            shutil.copy(lab / name, folder)
        (folder / "config.toml").write_text(CONFIG.format(authority=lab / "authority.pem"))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
        self.run("init")
        self.log = open(folder / "log", "w")
        self.server = subprocess.Popen([program, "serve"], cwd=folder, stdout=self.log, stderr=self.log)
        self.proxy = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-e", folder / "nginx.log"])
        self.tls = ssl.create_default_context(cafile=lab / "authority.pem")
        eventually("the letter", lambda: self.answers("/readyz"))

    def answers(self, path: str) -> bytes | None:
        try:
            return urllib.request.urlopen(LETTER + path, timeout=5, context=self.tls).read()
        except OSError:
            return None

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [self.program, *command], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode:
            raise Wrong(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def json(self, *command: str) -> Any:
        return json.loads(self.run("--json", *command))

    def entry(self, who: str) -> dict[str, Any] | None:
        """The endorsement or comment of somebody, whose handle begins so."""
        found = [row for row in self.json("endorsement", "list") if row["handle"].startswith(f"@{who}@")]
        return found[0] if found else None

    def state(self, who: str) -> str:
        row = self.entry(who)
        return f"{row['state']} {row['kind']}" if row else "nothing"

    def becomes(self, who: str, state: str) -> None:
        try:
            eventually(who, lambda: self.state(who) == state)
        except Wrong:
            raise Wrong(f"{who} is {self.state(who)}, should be {state}") from None

    def count(self, of: str) -> int:
        return json.loads(self.answers("/api/v1/count.json") or b"{}").get(of, -1)

    def stop(self) -> None:
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)
        self.proxy.terminate()
        self.proxy.wait(30)


class Peer:
    """A peer's process, and the orders that it takes."""

    def __init__(self, command: list[str], lab: pathlib.Path, log: pathlib.Path):
        self.log = log
        certificate, key = lab / "peer.example.pem", lab / "peer.example.key"
        with open(log, "w") as out:
            self.process = subprocess.Popen(
                [*command, "peer.example", "127.0.0.2", certificate, key, ACTOR], stdout=out, stderr=out
            )
        eventually("the start", lambda: "ready" in log.read_text() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise Wrong(f"does not start: {log.read_text()[-2000:]}")

    def __call__(self, order: str, **more: Any) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.2", 8001, timeout=PATIENCE)
        connection.request("POST", f"/{order}", json.dumps(more))
        answer = json.loads(connection.getresponse().read())
        if "unsupported" in answer:
            raise Unsupported
        if "error" in answer:
            raise Wrong(f"{order}: {answer['error']}")
        return answer

    def count(self, kind: str) -> int:
        """How many activities of a kind arrived."""
        return len([one for one in self("received")["received"] if one["type"] == kind])

    def received(self, kind: str, at_least: int = 1) -> list[dict[str, Any]]:
        """The activities of a kind that arrived and that the peer's library verified."""

        def look() -> list[dict[str, Any]]:
            found = [one for one in self("received")["received"] if one["type"] == kind]
            return found if len(found) >= at_least else []

        try:
            return eventually(kind, look)
        except Wrong:
            arrived = [(one["type"], one["json"]["type"], one.get("scheme")) for one in self("received")["received"]]
            raise Wrong(f"{kind} did not arrive {at_least} times, but {arrived}") from None

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def next_second() -> None:
    """A request that is the same as one before, signed within the same second, is a replay: dates have no more digits."""
    time.sleep(1.05 - time.time() % 1)


class Scenario:
    """What a person can do on a peer, and what the register should say then. Each method is a step, in this order."""

    def __init__(self, letter: Letter, peer: Peer):
        self.letter, self.peer = letter, peer

    def finds_the_letter(self) -> None:
        handle = self.peer("webfinger", of="letter@letter.example")["found"]
        expect("the actor of the handle", handle, ACTOR)
        actor = self.peer("lookup", of=ACTOR)["found"]
        for member in ("id", "type", "preferredUsername", "inbox", "outbox", "publicKey"):
            expect(f"the actor's {member}", bool(actor.get(member)), True)
        note = self.peer("lookup", of=NOTE)["found"]
        expect("the Note's author", note.get("attributedTo"), ACTOR)
        expect("the Note's text", "Microsoft" in json.dumps(note), True)
        page = self.peer("lookup", of=f"{LETTER}/")["found"]
        expect("the Note by the page's address", page and page.get("id"), NOTE)

    def reads_the_collections(self) -> None:
        expect("outbox", len(self.peer("collection", of=f"{LETTER}/outbox")["items"]), 1)
        expect("featured", len(self.peer("collection", of=f"{LETTER}/featured")["items"]), 1)
        expect("replies", self.peer("collection", of=f"{LETTER}/letter/replies")["items"], [])

    def follows(self) -> None:
        self.peer("follow", who="fay")
        self.peer.received("Accept")
        expect("followers", len(self.letter.json("follower", "list")), 1)

    def likes_and_takes_it_back(self) -> None:
        self.peer("like", who="ada", object=NOTE)
        self.letter.becomes("ada", "listed like")
        self.peer("unlike", who="ada")
        self.letter.becomes("ada", "withdrawn like")

    def likes_again_with_one_id(self) -> None:
        one = "https://peer.example/likes/one"
        for state in ("listed like", "withdrawn like"):
            next_second()
            self.peer("like", who="bea", object=NOTE, id=one)
            self.letter.becomes("bea", "listed like")
            next_second()
            if state == "withdrawn like":
                self.peer("unlike", who="bea")
                self.letter.becomes("bea", state)

    def signs_by_a_reply(self) -> None:
        self.note = self.peer("reply", who="cleo", object=NOTE, text="I sign, because it matters.")["id"]
        self.letter.becomes("cleo", "listed reply")
        entry = self.letter.entry("cleo") or {}
        expect("the statement waits", (entry.get("statement") or {}).get("state"), "pending")
        self.peer.received("Like")

    def proves_its_objects(self) -> None:
        self.peer("proves")
        evidence = self.letter.run("endorsement", "show", (self.letter.entry("cleo") or {})["id"], "--evidence")
        expect("a proof in what it sent (FEP-8b32)", "DataIntegrityProof" in evidence, True)

    def edits_twice_with_one_id(self) -> None:
        activity = f"{self.note}/update"
        self.peer("edit", who="cleo", id=self.note, text="Nothing to see here.", activity=activity)
        self.letter.becomes("cleo", "withdrawn reply")
        self.peer("edit", who="cleo", id=self.note, text="I sign again.", activity=activity)
        self.letter.becomes("cleo", "listed reply")

    def deletes_the_reply(self) -> None:
        self.peer("delete", who="cleo", id=self.note)
        self.letter.becomes("cleo", "withdrawn reply")

    def boosts_and_takes_it_back(self) -> None:
        self.peer("boost", who="dan", object=NOTE)
        eventually("reach 1", lambda: self.letter.count("reach") == 1)
        self.peer("unboost", who="dan")
        eventually("reach 0", lambda: self.letter.count("reach") == 0)

    def quotes_with_a_request(self) -> None:
        self.peer("quote", who="ike", object=NOTE, text="I sign this.")
        self.letter.becomes("ike", "pending quote")
        stamps = [one for one in self.peer.received("Accept", 2) if "quote-authorizations" in json.dumps(one)]
        expect("stamps", len(stamps), 1)

    def is_answered(self) -> None:
        asked = self.peer("reply", who="lea", object=NOTE, text="Where can I read more?")["id"]
        eventually("a comment", lambda: self.letter.json("comment", "list"))
        (self.letter.folder / "answer.md").write_text("In the [text](https://letter.example/).")
        for audience in ([], ["--direct"]):
            self.letter.run("post", "reply", asked, "--file", "answer.md", *audience)

        def answers() -> list[bool]:
            notes = [one["json"]["object"] for one in self.peer.received("Create")]
            found = [note for note in notes if note.get("inReplyTo") == asked]
            return sorted({"Public" in json.dumps([note["to"], note.get("cc")]) for note in found})

        eventually("one direct answer and a public one", lambda: answers() == [False, True])

    def is_boosted(self) -> None:
        self.note = self.peer("reply", who="mia", object=NOTE, text="I sign. Keep me posted.")["id"]
        self.letter.becomes("mia", "listed reply")
        self.letter.run("post", "boost", self.note)
        expect("what is boosted", self.peer.received("Announce")[0]["json"]["object"], self.note)
        self.letter.run("post", "unboost", self.note)
        self.peer.received("Undo")

    def hears_of_a_post(self) -> None:
        expect("subscribers", self.letter.json("status")["subscribers"], 1)
        (self.letter.folder / "post.md").write_text("What is new.")
        self.letter.run("post", "create", "--file", "post.md", "--to-subscribers")
        mia = "https://peer.example/users/mia"

        def notes() -> list[Any]:
            found = [one["json"]["object"] for one in self.peer.received("Create")]
            return [note for note in found if note["to"] in (mia, [mia])]

        eventually("a note to her alone", lambda: len(notes()) == 1)
        self.peer("reply", who="mia", object=NOTE, text="stop", direct=True)
        eventually("no subscriber", lambda: self.letter.json("status")["subscribers"] == 0)
        expect("the signature", self.letter.state("mia"), "listed reply")

    def signs_without_a_name(self) -> None:
        message = self.peer("reply", who="nia", object=NOTE, text="I sign without my name", direct=True)["id"]
        self.letter.becomes("nia", "counted direct")
        eventually("one without a name", lambda: self.letter.count("nameless") == 1)
        self.peer("delete", who="nia", id=message)
        self.letter.becomes("nia", "withdrawn direct")

    def pledges_and_takes_it_back(self) -> None:
        post = self.peer("reply", who="mia", object=NOTE, text="I left!")["id"]
        eventually("one pledge", lambda: self.letter.count("pledged") == 1)
        self.peer("delete", who="mia", id=post)
        eventually("no pledge", lambda: self.letter.count("pledged") == 0)

    def receives_an_edit(self) -> None:
        file = self.letter.folder / "letter.md"
        text = file.read_text()
        at = text.index("\n\n", 200)
        file.write_text(f"{text[:at]} So we say.{text[at:]}")
        self.letter.run("letter", "publish", "--kind", "substantive", "--yes")
        updates = self.peer.received("Update")
        expect("the new text", any("So we say." in json.dumps(one) for one in updates), True)

    def believes_a_new_key(self) -> None:
        before = {kind: self.peer.count(kind) for kind in ("Update", "Create")}
        self.letter.run("actor", "rotate-key", "--yes")
        self.peer.received("Update", before["Update"] + 1)
        post = self.letter.folder / "post.md"
        post.write_text("A new key, the same letter.")
        self.letter.run("post", "create", "--file", "post.md")
        self.peer.received("Create", before["Create"] + 1)

    def verifies_rfc_9421_alone(self) -> None:
        before = self.peer.count("Like")
        self.peer("only_rfc9421")
        self.peer("reply", who="jo", object=NOTE, text="I sign")
        self.letter.becomes("jo", "listed reply")
        likes = self.peer.received("Like", before + 1)
        expect("the new scheme", likes[-1].get("scheme"), "rfc9421")

    def wants_signed_requests(self) -> None:
        self.peer("signed_only")
        self.peer("reply", who="eve", object=NOTE, text="I sign")
        self.letter.becomes("eve", "listed reply")

    def moves(self) -> None:
        self.peer("move", who="eve", to="evelyn")
        self.letter.becomes("evelyn", "listed reply")

    def blocks_the_letter(self) -> None:
        self.peer("reply", who="gus", object=NOTE, text="I sign")
        self.letter.becomes("gus", "listed reply")
        self.peer("block", who="gus")
        self.letter.becomes("gus", "withdrawn reply")

    def unfollows(self) -> None:
        self.peer("unfollow", who="fay")
        eventually("no followers", lambda: self.letter.json("follower", "list") == [])

    def goes_away(self) -> None:
        self.peer("follow", who="hal")
        eventually("a follower", lambda: len(self.letter.json("follower", "list")) == 1)
        self.peer.stop()
        self.letter.run("post", "create", "--file", "post.md")
        eventually("a host in trouble", lambda: self.letter.json("queue", "stats")["hosts"]["backing_off"] == 1)
        expect("what it knows", self.letter.run("check").split(",")[1].strip(), "0 problems")


STEPS = [name for name in vars(Scenario) if not name.startswith("_")]

#: Fewer peers than this prove too little.
ENOUGH = 3

#: The library that our own documents are read with: what it agrees to, both sides may have wrong, so it does not count.
OWN = "activitypub_federation"

HEAD = "<!-- made by tests/interop/run --write -->"
END = "<!-- end -->"


def drive(name: str, command: list[str], program: str, lab: pathlib.Path, tools: list[str] | None) -> dict[str, str]:
    """What came of each step of one peer: `yes`, `cannot` or the fault. Then `tools` read what the letter serves."""
    results: dict[str, str] = {}
    letter = Letter(program, lab / name, lab)
    try:
        peer = Peer(command, lab, lab / f"{name}.log")
        scenario = Scenario(letter, peer)
        for step in STEPS:
            began = time.monotonic()
            try:
                getattr(scenario, step)()
                result = "yes"
            except Unsupported:
                result = "cannot"
            except (Wrong, OSError) as wrong:
                result = f"FAILED: {wrong}"
            results[step] = result
            took = time.monotonic() - began
            print(f"interop: {name}: {step.replace('_', ' ')}: {result} ({took:.1f} s)", flush=True)
        peer.stop()
        if tools:
            done = subprocess.run(tools, capture_output=True, text=True, timeout=120, check=False)
            print(f"interop: documents, pages and pictures: {done.stdout.strip()}{done.stderr[-2000:]}", flush=True)
            if done.returncode:
                results["documents"] = "FAILED"
        if "FAILED" in str(results):
            print((lab / f"{name}.log").read_text()[-3000:], (letter.folder / "log").read_text()[-3000:], sep="\n")
    finally:
        letter.stop()
    return results


def versions(installed: pathlib.Path) -> dict[str, str]:
    """The pinned version of each peer."""
    found = {"fedify": json.loads((HERE / "npm/package.json").read_text())["dependencies"]["@fedify/fedify"]}
    for file in sorted((HERE / "python").glob("*.txt")):
        pins = dict(line.split("==") for line in file.read_text().split())
        found[file.stem] = pins[file.stem]
    cargo = tomllib.loads((HERE.parent.parent / "Cargo.toml").read_text())
    found[OWN] = cargo["dependencies"][OWN]["version"].removeprefix("=")
    return found


def table(results: dict[str, dict[str, str]], of: dict[str, str]) -> str:
    """The table of FEDERATION.md."""
    head = ["what the peer does", *(f"{name} {of[name]}" for name in results)]
    rows = [head, ["---"] * len(head)]
    rows += [[step.replace("_", " "), *(steps[step] for steps in results.values())] for step in STEPS]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    program, lab, installed = sys.argv[1], pathlib.Path(os.environ["LAB"]), pathlib.Path(sys.argv[2])
    absent = [name for name in sys.argv[3].split(",") if name]
    wanted = [argument for argument in sys.argv[4:] if not argument.startswith("--")]
    machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    npm = HERE / "npm"
    node = str(npm / f"node_modules/node-linux-{machine}/bin/node")
    peers = {"fedify": [node, str(npm / "fedify.mjs")]}
    for name in ("apkit", "bovine", "pubby"):
        peers[name] = [str(installed / name / "bin/python"), str(HERE / f"python/{name}_peer.py")]
    peers[OWN] = [str(pathlib.Path(program).parent / "examples/library_peer")]
    peers = {name: command for name, command in peers.items() if name not in absent and (not wanted or name in wanted)}

    results: dict[str, dict[str, str]] = {}
    for name, command in peers.items():
        try:
            tools = [node, str(npm / "documents.mjs"), LETTER] if name == "fedify" else None
            results[name] = drive(name, command, program, lab, tools)
        except Wrong as wrong:
            print(f"interop: {name}: {wrong}", flush=True)
            absent.append(name)

    failed = [f"{name}: {step}" for name, steps in results.items() for step, result in steps.items() if "FAILED" in result]
    if wanted:
        return bool(failed)
    if not absent and not failed:
        failed += compare(table(results, versions(installed)), write="--write" in sys.argv)
    for name in absent:
        print(f"interop: ABSENT: {name} could not be installed or started, so nothing is known about it")
    for fault in failed:
        print(f"interop: FAILED: {fault}")
    foreign = len(results.keys() - {OWN})
    if foreign < ENOUGH:
        print(f"interop: FAILED: {foreign} peers of others are fewer than {ENOUGH}")
    return bool(failed) or foreign < ENOUGH


def compare(made: str, write: bool) -> list[str]:
    """Puts the table into FEDERATION.md, or says that another one stands there."""
    file = HERE.parent.parent / "FEDERATION.md"
    before, rest = file.read_text().split(HEAD)
    stands, after = rest.split(END)
    if write:
        file.write_text(f"{before}{HEAD}\n{made}\n{END}{after}")
    elif stands.strip() != made:
        return ["the table in FEDERATION.md is another one: tests/interop/run --write"]
    return []


if __name__ == "__main__":
    sys.exit(main())
