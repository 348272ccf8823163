"""Runs faults against a bundle under load and says what each has cost."""

import random
import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from tests.drills.faults import Fault
from tests.drills.ledger import Ledger
from tests.drills.load import Load, make_people
from tests.drills.mailbox import Mailbox
from tests.drills.oracle import Findings, check, check_mails, query
from tests.drills.result import Result, judge, measure
from tests.drills.watch import Watch, listed
from tests.stack.prometheus import Prometheus
from tests.stack.stack import ADMIN, Stack, run, wait_until

WARM_SECONDS = 2.0
CALM_SECONDS = 2.0  # Nothing has failed for so long: it is over.
PATIENCE_SECONDS = 90.0
ALERT_SECONDS = 20.0  # A sixtieth of the time that the slowest of them takes is less.
UPSTREAMS = re.compile(r'"upstream.connect":"([^"]*)","upstream.address":"([^"-][^"]*)"')
REFUSING = "127.0.0.1:9"
SLUG = "SELECT slug FROM posts WHERE title = 'Drilled {run}'"
PARENT = "SELECT id FROM comments WHERE content = 'first {run}'"


class Drill:
    """A bundle under load, from a seed that replays."""

    def __init__(
        self, stack: Stack, folder: Path, seed: int, prometheus: Prometheus | None = None
    ) -> None:
        self.stack, self.seed = stack, seed
        self.watch = Watch(prometheus)
        folder.mkdir(parents=True, exist_ok=True)
        self.run = secrets.token_hex(3)
        self.ledger = Ledger(folder / f"ledger-{self.run}.jsonl")
        self.mailbox = Mailbox()

    @contextmanager
    def under_load(self) -> Iterator[None]:
        """Deliver mail to the drill's own server, and have readers and writers at work."""
        self.mailbox.controller.start()
        with delivering(self.stack, self.mailbox.port):
            self.load = self.prepare()
            self.load.start()
            self.watch.start()
            try:
                sleep(WARM_SECONDS)
                yield
            finally:
                self.watch.stop()
                self.load.stop()
        self.mailbox.controller.stop()
        self.ledger.close()

    def prepare(self) -> Load:
        """Make the users, and the comment that is replied to; read every page once."""
        forget_limits(self.stack)
        names = [f"drill_{self.run}_{letter}" for letter in "ab"]
        people = make_people(self.stack, names, ADMIN[1])
        browser = people[0].browser
        browser.submit(
            "/desk/posts/new", title=f"Drilled {self.run}", content="To reply to.", is_published="y"
        )
        slug = query(self.stack, SLUG.format(run=self.run))[0][0]
        path = f"/articles/{slug}"
        first = {"content": f"first {self.run}"}
        # The same words twice are one comment, so it may be sent until the edge takes it.
        wait_until(lambda: browser.submit(path, f"{path}/comments", **first).status == 302, 60)
        parent = query(self.stack, PARENT.format(run=self.run))[0][0]
        chance = random.Random(self.seed)
        return Load(self.stack, self.ledger, people, path, parent, chance, self.run)

    def suffer(self, fault: Fault) -> Result:
        """Break, wait, heal, wait until everybody is served, and look at what is left."""
        self.wait_until_calm(monotonic())
        first = len(self.load.samples)
        since = edge_clock(self.stack)
        began, foreign = monotonic(), self.load.foreign
        self.watch.begin()
        fault_of_ours = []
        broken = stop = began
        try:
            with fault.during(self.stack):
                broken = monotonic()
                sleep(fault.hold)
                if fault.alert and fault.hold:
                    self.watch.wait_for(fault.alert, ALERT_SECONDS)
                stop = monotonic()
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            fault_of_ours = [f"the drill could not do it: {str(error)[:200]}"]
        # Where something has to come back, time counts from then.
        healed = monotonic() if monotonic() - stop > 0.01 or fault.hold else broken
        is_calm = self.wait_until_calm(healed)
        samples = [one for one in self.load.samples[first:] if one.at >= began]
        result = measure(fault, samples, healed)
        result.attempts, result.tries = attempts(self.stack, since)
        result.foreign = self.load.foreign - foreign
        result.unsafe += fault_of_ours
        result.alerts = self.watch.result()
        result.slow += self.missing_alerts(fault)
        judge(result, fault, check(self.stack, self.ledger, self.run), is_calm=is_calm)
        return result

    def missing_alerts(self, fault: Fault) -> list[str]:
        """Say which alerts did not come that should have, of what lasted long enough for one."""
        if not self.watch.prometheus or not fault.hold:
            return []
        missed = set(listed(fault.alert)) - self.watch.noticed()
        return [f"{name} did not come" for name in sorted(missed)]

    def wait_until_calm(self, since: float) -> bool:
        """Wait until every kind of request has gone well for a while; say whether that came."""
        deadline = monotonic() + PATIENCE_SECONDS
        while monotonic() < deadline:
            sleep(0.2)
            last = max((one.at for one in self.load.samples if one.fault), default=0.0)
            if monotonic() - max(last, since) > CALM_SECONDS + 0.5:
                return True
        return False

    def mails(self) -> Findings:
        """Look at what the mail server has got, once everything is delivered."""
        return check_mails(self.stack, self.ledger, self.mailbox)


def forget_limits(stack: Stack) -> None:
    """Have the application count anew: what others asked for is none of the drill's."""
    stack.python(
        "web",
        "import redis\n"
        "r = redis.Redis.from_url(open('/run/secrets/redis_url').read().strip())\n"
        "for key in list(r.scan_iter('LIMITS*')): r.delete(key)",
    )


@contextmanager
def delivering(stack: Stack, port: int) -> Iterator[None]:
    """Have the worker deliver to a server on this machine."""
    worker = stack.containers("worker")[0]
    form = "{{range $name, $net := .NetworkSettings.Networks}}{{$name}} {{$net.Gateway}} {{end}}"
    words = run("docker", "inspect", "--format", form, worker).split()
    gateway = next(
        address
        for name, address in zip(words[::2], words[1::2], strict=True)
        if name.endswith("_mail")
    )
    secret = stack.folder / "secrets/smtp_url"
    before = secret.read_text()
    secret.write_text(f"smtp+plain://{gateway}:{port}")  # In place: it is mounted.
    run("docker", "restart", "--time", "5", worker)
    try:
        yield
    finally:
        secret.write_text(before)
        # A release may have brought another one.
        run("docker", "restart", "--time", "5", *stack.containers("worker"))


def edge_clock(stack: Stack) -> str:
    """Return the present time as the engine's logs count it."""
    return run("date", "-u", "+%Y-%m-%dT%H:%M:%S.%NZ").strip()


def attempts(stack: Stack, since: str) -> tuple[float, float]:
    """Return how often the edge asked the application for each request that went to it.

    First how often a container was asked, then how often one was tried: a try that nobody takes is
    no work for anybody.
    """
    lines = run(
        "docker", "logs", "--since", since, stack.containers("edge", ended=True)[0], check=False
    )
    asked = tried = requests = 0
    for found in UPSTREAMS.finditer(lines):
        connects, addresses = (re.split(", | : ", group) for group in found.groups())
        # The address that refuses only makes the edge look for its copy.
        real = [
            connect
            for connect, address in zip(connects, addresses, strict=True)
            if REFUSING not in address
        ]
        requests += bool(real)
        tried += len(real)
        asked += sum(connect != "-" for connect in real)
    return (asked / requests, tried / requests) if requests else (0.0, 0.0)
