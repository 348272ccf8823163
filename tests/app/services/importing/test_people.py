import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.extensions import db
from app.models import User
from app.services.importing.people import ensure_authors, username_of
from app.services.importing.records import ImportedAuthor


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("ann", "ann"),
        ("Jane Doe", "jane_doe"),
        ("张三", "zhang_san"),
        ("1st", "author_1st"),
        ("x", "x__"),
        ("a" * 40, "a" * 20),
        ("!!!", "author"),
    ],
)
def test_names_become_valid_user_names(name, username):
    assert username_of(name) == username


@given(st.text(max_size=60))
def test_every_name_becomes_a_valid_user_name(name):
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{2,19}", username_of(name))


def test_two_people_whose_names_come_out_alike_stay_two(app):
    authors = {
        "1": ImportedAuthor("Jane.Doe", name="Jane"),
        "2": ImportedAuthor("jane doe", name="Other Jane"),
        "3": ImportedAuthor("a" * 30),
        "4": ImportedAuthor("a" * 31),
    }
    accounts, made = ensure_authors(authors)
    db.session.commit()
    names = {key: db.session.get(User, number).username for key, number in accounts.items()}
    assert names == {"1": "jane_doe", "2": "jane_doe_2", "3": "a" * 20, "4": "a" * 18 + "_2"}
    assert made == 4
    assert ensure_authors(authors) == (accounts, 0)
