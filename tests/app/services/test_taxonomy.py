"""Tags and categories are found by name, or made."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.extensions import db
from app.models import Category, Tag
from app.services import taxonomy
from app.services.errors import Invalid


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        (" , ,,", []),
        ("Flask, docker", ["Flask", "docker"]),
        ("容器，部署、监控,  日志 ", ["容器", "部署", "监控", "日志"]),
        ("Flask, flask, FLASK", ["Flask"]),
        ("#web, c#, C++", ["web", "c#", "C++"]),
        ("two  words,\tmore", ["two words", "more"]),
    ],
)
def test_tags_are_split_at_western_and_chinese_commas(text: str, names: list[str]) -> None:
    assert taxonomy.split_tags(text) == names


@given(st.text())
def test_splitting_what_was_joined_gives_the_same_names(text: str) -> None:
    names = taxonomy.split_tags(text)
    assert taxonomy.split_tags(", ".join(names)) == names


def test_known_tags_are_used_again_whatever_their_capitals(app: Flask) -> None:
    known = Tag(name="Flask")
    db.session.add(known)
    db.session.commit()
    tags = taxonomy.find_or_add_tags(["flask", "Docker", "Été"])
    db.session.commit()
    assert tags[0] is known
    assert taxonomy.find_or_add_tags([]) == []
    assert [tag.slug for tag in tags] == ["flask", "docker", "ete"]
    assert [tag.id for tag in taxonomy.find_or_add_tags(["docker", "Été"])] == [
        tags[1].id,
        tags[2].id,
    ]


def test_too_many_and_too_long_tags_are_refused(app: Flask) -> None:
    assert taxonomy.tag_faults(["a"] * 20 + ["t" * 50]) == ["Use at most 20 tags."]
    assert "tttt" in taxonomy.tag_faults(["t" * 51])[0]
    assert taxonomy.tag_faults(["t" * 50]) == []


def test_a_category_is_found_whatever_its_capitals_or_made(app: Flask) -> None:
    made = taxonomy.find_or_add_category("  Site   News ")
    db.session.commit()
    assert (made.name, made.slug) == ("Site News", "site-news")
    assert taxonomy.find_or_add_category("site news") is made
    assert taxonomy.find_category(made.id) is made


@pytest.mark.parametrize("name", ["", "  ", "n" * 51])
def test_a_category_needs_a_name_of_bearable_length(app: Flask, name: str) -> None:
    with pytest.raises(Invalid):
        taxonomy.find_or_add_category(name)


def test_a_category_that_is_not_there_is_refused(app: Flask) -> None:
    with pytest.raises(Invalid):
        taxonomy.find_category(999)


def test_categories_are_listed_by_name(app: Flask) -> None:
    db.session.add_all([Category(name="Zebra"), Category(name="Ant")])
    db.session.commit()
    assert [category.name for category in taxonomy.list_categories()] == ["Ant", "Zebra"]
