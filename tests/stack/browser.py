"""A browser's memory: cookies, and the token that a form carries."""

import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.stack.stack import Answer, Stack

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
ARTICLE = re.compile(r'href="(/articles/[^"/?]+)"')


class Browser:
    """Asks like a reader's browser does, one page after the other."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        return self.send(path, "GET", None, **headers)

    def submit(self, path: str, to: str = "", **fields: str) -> Answer:
        """Open a page and send its form, filled in; `to` is another address than the page's."""
        token = TOKEN.search(self.get(path).body)
        assert token, f"{path} shows no form"
        return self.send(
            to or path,
            "POST",
            urlencode({"csrf_token": token[1], **fields}),
            Content_Type="application/x-www-form-urlencoded",
            Referer=f"{self.stack.origin}{path}",
        )

    def send(self, path: str, method: str, body: str | None, **headers: str) -> Answer:
        """Send a request with the cookies; keep those of the answer."""
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.stack.ask(path, method, body=body, **headers)
        for line in answer.all("Set-Cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def log_in(self, username: str, password: str) -> None:
        """Sign in by the form."""
        answer = self.submit("/auth/login", username=username, password=password)
        assert answer.status == 302, answer.body

    def first_article(self) -> str:
        """Return the path of the first article of the list."""
        page = self.get("/articles")
        found = ARTICLE.search(page.body)
        assert found, page.body
        return found[1]
