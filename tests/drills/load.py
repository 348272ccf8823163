"""Readers and writers of a bundle, at rates of their own that do not wait for answers.

Writers give each thing that they write an id nobody else has, and note what was acknowledged
before they go on. Readers look whose page they got.
"""

import asyncio
import json
import random
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlencode

from tests.drills.ledger import ACKNOWLEDGED, TRIED, Ledger
from tests.stack.browser import TOKEN, Browser
from tests.stack.stack import HOST, Stack, wait_until
from tests.stack.traffic import answer

# Requests in a second. Comments are few: the bundle's own limits are on.
RATES = {"anonymous": 10.0, "signed in": 3.0, "api": 2.0, "form": 1.0, "comment": 0.08}
# One article in so many is published, which has every page that lists it refreshed.
PUBLISHED = 5
WRITERS = ("api", "form", "comment")
ANSWER_SECONDS = 20.0
PAGES = ("/", "/articles", "/about", "/archive", "/feed.atom")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sample:
    """One request and what became of it; `fault` is empty when it was answered as it must be."""

    kind: str
    at: float
    seconds: float
    fault: str


@dataclass
class Person:
    """A user with a session and a token."""

    name: str
    browser: Browser
    form_token: str
    bearer: str

    @property
    def cookie(self) -> str:
        """Return the cookies as they are sent."""
        return "; ".join(f"{key}={value}" for key, value in self.browser.cookies.items())

    @property
    def address(self) -> str:
        """Return the mail address, which stands on one's own page only."""
        return f"{self.name}@example.org"


@dataclass
class Load:
    """The running load; `run` names the ids of this run."""

    stack: Stack
    ledger: Ledger
    people: list[Person]
    article: str
    parent: int
    chance: random.Random
    run: str
    samples: list[Sample] = field(default_factory=list)
    written: int = 0
    foreign: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self.context: ssl.SSLContext = self.stack.tls()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="load", daemon=True)
        self.thread.start()
        self.tickers: list[Future[None]] = [
            asyncio.run_coroutine_threadsafe(self.tick(kind, 1 / rate), self.loop)
            for kind, rate in RATES.items()
        ]

    def stop_ticking(self) -> None:
        """Begin no more requests, and wait for the last answer."""
        for ticker in self.tickers:
            ticker.cancel()
        asyncio.run_coroutine_threadsafe(self.drain(), self.loop).result(ANSWER_SECONDS + 10)

    def stop(self) -> None:
        """End it."""
        self.stop_ticking()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def drain(self) -> None:
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def tick(self, kind: str, interval: float) -> None:
        """Send a request of a kind whenever one is due."""
        due = monotonic()
        while True:
            task = asyncio.create_task(self.sample(kind))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            due += interval
            await asyncio.sleep(max(0.0, due - monotonic()))

    async def sample(self, kind: str) -> None:
        """Do one request of a kind and note how it went."""
        started = monotonic()
        try:
            fault = await asyncio.wait_for(self.request(kind), ANSWER_SECONDS)
        except (OSError, TimeoutError, EOFError, ValueError) as error:
            fault = type(error).__name__
        except Exception as error:  # ClosedError and what else a broken answer causes.
            fault = f"{type(error).__name__} {error}"
        self.samples.append(Sample(kind, started, monotonic() - started, fault))

    def request(self, kind: str) -> Awaitable[str]:
        kinds: dict[str, Callable[[], Awaitable[str]]] = {
            "anonymous": self.read,
            "signed in": self.read_own,
            "api": self.write_by_api,
            "form": self.write_by_form,
            "comment": self.reply,
        }
        return kinds[kind]()

    async def read(self) -> str:
        """Read a public page; nobody's address may be on it."""
        path = self.chance.choice((*PAGES, self.article))
        status, body = await self.ask("GET", path)
        self.look_for_others(body, None)
        return "" if status == 200 and b"</" in body[-40:] else f"{status}"

    async def read_own(self) -> str:
        """Read one's own page; one's own address must be on it and nobody else's."""
        person = self.chance.choice(self.people)
        status, body = await self.ask("GET", "/auth/profile", Cookie=person.cookie)
        self.look_for_others(body, person)
        if status != 200:
            return f"{status}"
        return "" if person.address.encode() in body else "not one's own page"

    def look_for_others(self, body: bytes, own: Person | None) -> None:
        """Count what belongs to another user: nobody but the owner sees an address."""
        self.foreign += sum(
            person.address.encode() in body for person in self.people if person is not own
        )

    async def write_by_api(self) -> str:
        person = self.chance.choice(self.people)
        uid = self.new_uid("api")
        post = {"title": f"Drill {uid}", "content": text_of(uid)}
        post |= {"is_published": self.is_published()}
        status, body = await self.ask(
            "POST",
            "/api/v1/posts",
            json.dumps(post),
            Authorization=f"Bearer {person.bearer}",
            Content_Type="application/json",
        )
        if status != 201:
            return f"{status}"
        return self.acknowledge("api", uid) if uid.encode() in body else "not one's own article"

    async def write_by_form(self) -> str:
        person = self.chance.choice(self.people)
        uid = self.new_uid("form")
        form = {
            "csrf_token": person.form_token,
            "title": f"Drill {uid}",
            "content": text_of(uid),
        } | ({"is_published": "y"} if self.is_published() else {})
        status, body = await self.send_form("/desk/posts/new", form, person)
        if status == 302:
            return self.acknowledge("form", uid)
        kept = text_of(uid).encode() in body
        return f"{status}" if kept or status == 0 or not body else f"{status}, text not kept"

    async def reply(self) -> str:
        """Reply to a comment of somebody else, who gets a mail then."""
        person = self.people[1]
        uid = self.new_uid("comment")
        form = {
            "csrf_token": person.form_token,
            "content": f"reply {uid}",
            "parent_id": str(self.parent),
        }
        status, _ = await self.send_form(f"{self.article}/comments", form, person)
        return self.acknowledge("comment", uid) if status == 302 else f"{status}"

    def is_published(self) -> bool:
        return self.written % PUBLISHED == 0

    def new_uid(self, kind: str) -> str:
        self.written += 1
        uid = f"{self.run}-{self.written}"
        self.ledger.write(TRIED, kind, uid)
        return uid

    def acknowledge(self, kind: str, uid: str) -> str:
        self.ledger.write(ACKNOWLEDGED, kind, uid)
        return ""

    def send_form(
        self, path: str, form: dict[str, str], person: Person
    ) -> Awaitable[tuple[int, bytes]]:
        return self.ask(
            "POST",
            path,
            urlencode(form),
            Content_Type=FORM,
            Cookie=person.cookie,
            Referer=self.stack.origin + path,
        )

    async def ask(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, bytes]:
        """Send a request over a connection of its own."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.stack.https_port, ssl=self.context, server_hostname=HOST
        )
        try:
            data = body.encode()
            lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{self.stack.https_port}"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            if method == "POST":
                lines.append(f"Content-Length: {len(data)}")
            writer.write("\r\n".join([*lines, "", ""]).encode() + data)
            status, answered, _ = await answer(reader)
            return status, answered
        finally:
            writer.close()


def text_of(uid: str) -> str:
    """Return the text of an article; a torn one would lack its end."""
    return f"begin {uid} " + "words and words " * 40 + f"end {uid}"


def make_people(stack: Stack, names: list[str], password: str) -> list[Person]:
    """Make users, and sign them in by form and by API."""
    return [make_person(stack, name, password) for name in names]


def make_person(stack: Stack, name: str, password: str) -> Person:
    stack.flask("create-admin", name, f"{name}@example.org", ADMIN_PASSWORD=password)
    browser = Browser(stack)
    form = {"username": name, "password": password}
    # The edge may have counted the logins of others.
    wait_until(lambda: browser.submit("/auth/login", **form).status == 302, 60)
    found = TOKEN.search(browser.get("/desk/posts/new").body)
    assert found
    given = stack.ask(
        "/api/v1/auth/token", "POST", body=json.dumps(form), Content_Type="application/json"
    )
    assert given.status == 200, given.body
    return Person(name, browser, found[1], json.loads(given.body)["access_token"])
