"""A mark is taken at a moment at which nobody is in the middle of writing."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from ironpress_backup import marks
from ironpress_backup.programs import BackupError


@pytest.fixture
def connect(postgresql_url: str) -> Iterator[Any]:
    """Give a function that connects to a database with one table."""
    opened = []

    def make(*, autocommit: bool = True) -> Any:
        connection = psycopg2.connect(postgresql_url)
        connection.autocommit = autocommit
        opened.append(connection)
        return connection

    setup = make()
    setup.cursor().execute("DROP TABLE IF EXISTS marked; CREATE TABLE marked (id int)")
    yield make
    for connection in opened[1:]:
        connection.close()
    with closing(setup):
        setup.cursor().execute("DROP TABLE marked")


def test_a_mark_waits_for_a_transaction_under_way(connect: Any) -> None:
    writer = connect(autocommit=False)
    writer.cursor().execute("INSERT INTO marked VALUES (1)")
    taken: list[marks.Mark] = []
    search = threading.Thread(target=lambda: taken.append(marks.take(connect())))
    search.start()
    search.join(0.3)
    assert not taken
    writer.commit()
    search.join(10)
    assert taken[0].sums["marked"][0] == 1


def test_a_search_without_an_end_says_so(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "SEARCH_SECONDS", 0.1)
    writer = connect(autocommit=False)
    writer.cursor().execute("INSERT INTO marked VALUES (1)")
    with pytest.raises(BackupError, match="No quiet moment"):
        marks.take(connect())


def test_one_changed_value_changes_the_sum(connect: Any) -> None:
    connection = connect()
    connection.cursor().execute("INSERT INTO marked VALUES (1), (2)")
    before = marks.sums(connection)
    connection.cursor().execute("UPDATE marked SET id = 3 WHERE id = 2")
    after = marks.sums(connection)
    assert before["marked"][0] == after["marked"][0] == 2
    assert before["marked"][1] != after["marked"][1]
