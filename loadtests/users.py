"""Who comes to the site. Each visit of a user is due at a constant rate (see `pace.py`)."""

import random
import time
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

from locust import FastHttpUser, task

from loadtests import checks, options
from loadtests.catalogue import WORDS, Catalogue, tls_context
from loadtests.pace import Pace
from loadtests.shapes import SHAPES

AGENT = "Mozilla/5.0 (ironpress loadtest)"
catalogue = Catalogue()  # Filled in when a run starts.


class Visitor(FastHttpUser):
    """Whoever comes: paces visits, checks answers."""

    abstract = True
    interval = 1.0
    connection_timeout = 5.0
    network_timeout = 15.0
    insecure = not options.CA_FILE
    ssl_context_factory = staticmethod(tls_context)
    default_headers = {"User-Agent": AGENT} | (
        {"Host": options.SITE_HOST} if options.SITE_HOST else {}
    )

    def on_start(self) -> None:
        """Spread the users, so that they do not come in step."""
        self.chance = random.Random(random.random())  # noqa: S311
        self.pace = Pace(self.interval, time.monotonic() + self.chance.random())
        self.late = 0.0
        time.sleep(self.pace.wait(time.monotonic()))

    def wait_time(self) -> float:
        """Return the seconds until the next visit is due."""
        return self.pace.wait(time.monotonic())

    def begin(self) -> None:
        """Start a visit: its first request counts from when the visit was due."""
        self.late = self.pace.begin(time.monotonic())

    def ask(
        self,
        method: str,
        path: str,
        name: str,
        *,
        check: checks.Check = checks.anything,
        expected: tuple[int, ...] = (200,),
        **options: Any,
    ) -> Any:
        """Send a request; any other status or a wrong body is a failure."""
        with self.client.request(
            method, path, name=name, catch_response=True, allow_redirects=False, **options
        ) as response:
            response.request_meta["response_time"] += 1000 * self.late
            self.late = 0.0
            if response.status_code not in expected:
                response.failure(f"status {response.status_code}")
            elif response.status_code == 200 and (fault := check(response.text or "")):
                response.failure(fault)
            else:
                response.success()
        return response


class Reader(Visitor):
    """Opens a page with what a browser fetches for it, reads on, and is someone else after."""

    weight = 70

    def on_start(self) -> None:
        """Arrive for the first time."""
        super().on_start()
        self.left, self.fetched = 0, set[str]()

    @task
    def visit(self) -> None:
        """Open a list or an article, the popular ones most."""
        self.begin()
        if self.left <= 0:
            self.left, self.fetched = self.chance.randint(1, 6), set()
            self.client.cookiejar.clear()
        self.left -= 1
        if self.chance.random() < 0.35:
            path, name, check = catalogue.list_path(self.chance), "list", checks.is_list
            answer = self.ask(
                "GET",
                path,
                f"anonymous: {name}",
                check=check if path != "/archive" else checks.is_page,
            )
        else:
            post = catalogue.post(self.chance)
            answer = self.ask(
                "GET",
                f"/articles/{quote(post['slug'])}",
                "anonymous: article",
                check=checks.is_article(post),
            )
        for asset in checks.assets_of(answer.text or ""):
            if asset not in self.fetched:
                self.fetched.add(asset)
                self.ask("GET", unescape(asset), "anonymous: asset")


class ReturningReader(Visitor):
    """Asks again for pages already seen: `If-None-Match`."""

    weight = 12

    def on_start(self) -> None:
        """Know nothing yet."""
        super().on_start()
        self.tags: dict[str, str] = {}

    @task
    def visit(self) -> None:
        """Open one of the most popular pages once more."""
        self.begin()
        post = catalogue.posts[int(len(catalogue.posts) ** (self.chance.random() / 2)) - 1]
        path = f"/articles/{quote(post['slug'])}"
        known = {"If-None-Match": self.tags[path]} if path in self.tags else {}
        answer = self.ask(
            "GET",
            path,
            "anonymous: article again" if known else "anonymous: article",
            check=checks.is_article(post),
            expected=(200, 304) if known else (200,),
            headers=known,
        )
        if answer.status_code == 200:
            self.tags[path] = answer.headers.get("ETag", "")


class Searcher(Visitor):
    """Looks for words of either language."""

    weight = 6

    @task
    def visit(self) -> None:
        """Search."""
        self.begin()
        word = self.chance.choice(WORDS)
        path = f"/search?{urlencode({'q': word})}"
        self.ask("GET", path, "anonymous: search", check=checks.found(word))


class FeedReader(Visitor):
    """Fetches the feeds, mostly unchanged."""

    weight = 4

    def on_start(self) -> None:
        """Know nothing yet."""
        super().on_start()
        self.tags: dict[str, str] = {}

    @task
    def visit(self) -> None:
        """Fetch a feed as a program does that keeps what it has."""
        self.begin()
        path = self.chance.choice(("/feed.atom", "/feed.json"))
        known = {"If-None-Match": self.tags[path]} if self.tags.get(path) else {}
        answer = self.ask(
            "GET",
            path,
            "anonymous: feed",
            check=checks.is_feed,
            expected=(200, 304) if known else (200,),
            headers=known,
        )
        if answer.status_code == 200:
            self.tags[path] = answer.headers.get("ETag", "")


class ApiClient(Visitor):
    """Reads by the API."""

    weight = 6

    @task(5)
    def read(self) -> None:
        """Read an article."""
        self.begin()
        post = catalogue.post(self.chance)
        self.ask(
            "GET",
            f"/api/v1/posts/{post['id']}",
            "api_read: post",
            check=checks.is_json(lambda data: data["slug"] == post["slug"]),
        )

    @task(3)
    def walk(self) -> None:
        """Walk two pages by cursor."""
        self.begin()
        page = self.ask(
            "GET",
            "/api/v1/posts?per_page=20&cursor=",
            "api_read: posts",
            check=checks.is_json(lambda data: data["items"]),
        )
        if page.status_code == 200 and (cursor := page.json()["next_cursor"]):
            self.ask(
                "GET",
                f"/api/v1/posts?per_page=20&cursor={quote(cursor)}",
                "api_read: posts",
                check=checks.is_json(lambda data: data["items"]),
            )

    @task(2)
    def search(self) -> None:
        """Search."""
        self.begin()
        query = urlencode({"q": self.chance.choice(WORDS)})
        self.ask(
            "GET",
            f"/api/v1/search?{query}",
            "api_read: search",
            check=checks.is_json(lambda data: "items" in data),
        )


class Member(Visitor):
    """A seeded user; each of them comes once."""

    abstract = True
    first, step = 0, 10
    arrived = 0

    def on_start(self) -> None:
        """Take the next name: authors are seeded1, seeded11 …, readers those between."""
        super().on_start()
        number = type(self).arrived
        type(self).arrived += 1
        self.username = f"seeded{(self.first + number * self.step) % options.USERS or 1}"


class Commenter(Member):
    """Logs in by the form, reads, and comments."""

    fixed_count = 2 if options.PASSWORD else 0
    weight = 0
    interval = 20.0
    first = 2

    def on_start(self) -> None:
        """Log in."""
        super().on_start()
        page = self.ask("GET", "/auth/login", "signed_in: login form")
        self.ask(
            "POST",
            "/auth/login",
            "write: login",
            expected=(302,),
            data=urlencode(
                {
                    "username": self.username,
                    "password": options.PASSWORD,
                    "csrf_token": form_token(page.text),
                }
            ),
            headers={**FORM, "Referer": f"{self.host}/auth/login"},
        )

    @task
    def visit(self) -> None:
        """Read an article and comment on it."""
        self.begin()
        post = catalogue.post(self.chance)
        path = f"/articles/{quote(post['slug'])}"
        page = self.ask("GET", path, "signed_in: article")
        self.ask(
            "POST",
            f"{path}/comments",
            "write: comment",
            expected=(302,),
            data=urlencode(
                {"content": f"Well said, {time.time()}", "csrf_token": form_token(page.text)}
            ),
            headers={**FORM, "Referer": f"{self.host}{path}"},
        )


class Author(Member):
    """Publishes by the API, corrects, looks whether readers see it, and takes it back."""

    fixed_count = SHAPES[options.SHAPE].authors if options.PASSWORD else 0
    weight = 0
    interval = 5.0
    first = 1

    def on_start(self) -> None:
        """Get a token."""
        super().on_start()
        answer = self.ask(
            "POST",
            "/api/v1/auth/token",
            "write: token",
            check=checks.is_json(lambda data: data["access_token"]),
            json={"username": self.username, "password": options.PASSWORD},
        )
        token = answer.json().get("access_token", "") if answer.status_code == 200 else ""
        self.headers = {"Authorization": f"Bearer {token}"}

    @task
    def visit(self) -> None:
        """Publish an article, correct it, read it as an anonymous reader, delete it."""
        self.begin()
        title = f"Load test {time.time_ns()}"
        made = self.ask(
            "POST",
            "/api/v1/posts",
            "write: publish",
            expected=(201,),
            json={"title": title, "content": f"{title}\n\n" * 50, "is_published": True},
            headers=self.headers,
        )
        if made.status_code != 201:
            return
        post = made.json()
        path = f"/api/v1/posts/{post['id']}"
        shown = {"slug": post["slug"], "title": f"{title} corrected"}
        self.ask(
            "PATCH", path, "write: correct", json={"title": shown["title"]}, headers=self.headers
        )
        time.sleep(SEEN_SECONDS)
        address = f"/articles/{quote(post['slug'])}"
        self.ask("GET", address, "anonymous: article", check=checks.is_article(shown))
        self.ask("DELETE", path, "write: delete", expected=(204,), headers=self.headers)


# By then a correction has reached the edge's copy: a hundredth of them takes a tenth of a second.
SEEN_SECONDS = 0.5
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def form_token(page: str | None) -> str:
    """Return the token of a form; empty where there is none, which the site refuses."""
    found = checks.CSRF.search(page or "")
    return unescape(found[1]) if found else ""
