from app.services.importing.records import Problem
from app.services.importing.report import Report


def test_a_report_counts_by_kind_and_sorts_what_was_left_out():
    report = Report()
    report.made["posts"] = 2
    other = Report()
    other.made["posts"] = 1
    other.updated["comments"] = 1
    other.unchanged["tags"] = 3
    report.add_counts(other)
    report.note(Problem("a", "skipped"))
    report.note(Problem("b", "failed", failed=True))
    report.warn("c", ["one", "two"])
    assert report.rows() == [("posts", 3, 0, 0), ("comments", 0, 1, 0), ("tags", 0, 0, 3)]
    assert [problem.item for problem in report.skipped] == ["a"]
    assert [problem.item for problem in report.failed] == ["b"]
    assert [problem.reason for problem in report.warnings] == ["one", "two"]
