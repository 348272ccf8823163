"""Numbers that outlive their process are added up, and never lost for want of room."""

import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from app import metric_files, metrics
from app.metric_files import ROOM, SharedValue
from app.metric_text import Reader

COUNTER = "ironpress_cache_failures"
GAUGE = "ironpress_threads_busy"
Make = Callable[..., SharedValue]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let this process be a worker, with files in a folder."""
    monkeypatch.setenv(metric_files.DIRECTORY, str(tmp_path))
    monkeypatch.setattr(metric_files, "_values", [])
    monkeypatch.setattr(metric_files, "_files", {})
    metric_files.take_slot(0)
    yield tmp_path
    monkeypatch.undo()
    metric_files.take_slot(metric_files.ARBITER)


@pytest.fixture
def make(folder: Path) -> Make:
    """Give a function that makes a number."""

    def number(name: str = COUNTER, kind: str = "counter", **labels: str) -> SharedValue:
        return SharedValue(kind, name, name, list(labels), list(labels.values()), "help")

    return number


def read(folder: Path) -> dict[tuple[str, ...], float]:
    """Read the folder as Prometheus does."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(Reader(folder).text())
        for sample in family.samples
    }


def test_counts_of_all_slots_are_added_up_and_go_on_in_the_next_worker(
    folder: Path, make: Make
) -> None:
    number = make()
    number.inc(2)
    metric_files.take_slot(1)
    number.inc(3)
    metric_files.take_slot(0)  # A worker that takes the first one's place.
    number.inc(4)
    assert read(folder)[f"{COUNTER}_total",] == 9
    assert len(list(folder.iterdir())) == 2


def test_gauges_end_with_their_worker(folder: Path, make: Make) -> None:
    busy = make(GAUGE, "gauge")
    busy.set(5)
    metric_files.take_slot(1)
    busy.inc(2)
    assert read(folder)[GAUGE,] == 7
    metric_files.forget_gauges(0)
    assert read(folder)[GAUGE,] == 2


def test_the_last_word_counts_where_workers_measure_the_same(folder: Path, make: Make) -> None:
    depth = make("ironpress_comments_waiting", "gauge")
    depth.set(5, timestamp=100.0)
    metric_files.take_slot(1)
    depth.set(2, timestamp=101.0)
    metric_files.take_slot(2)  # One that has not measured yet.
    assert read(folder)["ironpress_comments_waiting",] == 2


def test_a_file_grows_with_its_keys_and_is_read_on(folder: Path, make: Make) -> None:
    reader = Reader(folder)
    reader.text()
    for number in range(1000):
        make("ironpress_logins", result=f"number {number} {'x' * 80}").inc(number)
    text = reader.text()
    assert text.count("ironpress_logins_total{") == 1000
    assert (folder / "0.counts").stat().st_size > ROOM
    assert text == Reader(folder).text()


@given(value=st.text(max_size=30))
def test_any_label_can_be_read_again(value: str) -> None:
    text = f'x{{a="{metric_files.escape(value)}"}} 1\n'
    (family,) = text_string_to_metric_families(text)
    assert family.samples[0].labels["a"] == value.replace("\t", " ")


def test_a_folder_that_vanishes_is_made_again_with_every_count(folder: Path, make: Make) -> None:
    number = make()
    number.inc(7)
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
    number.inc()
    metric_files.repair()
    number.inc()
    assert read(folder)[f"{COUNTER}_total",] == 9


def test_without_room_numbers_are_kept_in_memory_and_put_back_later(
    folder: Path, make: Make
) -> None:
    make().inc(1)
    metric_files.take_slot(1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM // 2, hard))
    try:
        metric_files.take_slot(2)
        number = make()
        number.inc(5)
        metric_files.repair()
        assert number.file is None
        assert read(folder)[f"{COUNTER}_total",] == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, former)
    metric_files.repair()
    number.inc()
    assert read(folder)[f"{COUNTER}_total",] == 7


def test_what_is_written_is_what_prometheus_would_count(folder: Path, make: Make) -> None:
    name = "ironpress_request_wait_seconds"
    bounds = ["0.01", "0.1", "+Inf"]
    buckets = [
        SharedValue("histogram", name, f"{name}_bucket", ["le"], [bound], "") for bound in bounds
    ]
    for bucket, count in zip(buckets, (1, 2, 4), strict=True):
        bucket.inc(count)
    found = read(folder)
    assert [found[f"{name}_bucket", bound] for bound in bounds] == [1, 3, 7]
    assert found[f"{name}_count",] == 7


def test_a_file_that_is_being_made_is_left_for_the_next_time(folder: Path, make: Make) -> None:
    make().inc()
    (folder / "7.counts").write_bytes(b"")
    assert read(folder)[f"{COUNTER}_total",] == 1


def test_every_metric_is_named_as_prometheus_wants_it() -> None:
    for metric in metrics.declared():
        (family,) = metric.describe()
        assert family.name.startswith("ironpress_")
        assert family.documentation.endswith(".")
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
