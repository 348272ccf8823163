"""Code is coloured by classes, for known languages and sizes, and readable in light and dark."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import STANDARD_TYPES, Token

from app.text.highlight import (
    ALIASES,
    COLOURLESS,
    LANGUAGES,
    MAX_CODE_CHARS,
    code_block,
    css_class,
    lexer_class,
)
from app.text.html import plain_text

STYLESHEET = (Path(__file__).parents[3] / "app/static/css/highlight.css").read_text()
LIGHT = ("#f6f8fa", "#f2eee5")
DARK = ("#161b22", "#211f1c")


def test_code_of_a_known_language_has_classes_and_no_styles() -> None:
    html = code_block("def f():\n    return 'x'\n", "python")
    assert html == (
        '<pre class="highlight"><code class="language-python"><span class="k">def </span>'
        '<span class="nf">f</span>():\n    <span class="k">return </span>'
        "<span class=\"s1\">'x'\n</span></code></pre>\n"
    )


@pytest.mark.parametrize("info", ["python", "Python", "{.python}", "python title=x", "py"])
def test_the_language_is_the_first_word_behind_the_fence(info: str) -> None:
    assert '<span class="k">pass' in code_block("pass\n", info)


@pytest.mark.parametrize("info", ["nolang", "x" * 500, "<b>"])
def test_code_of_an_unknown_language_is_plain(info: str) -> None:
    html = code_block("<b>&\n", info)
    assert "&lt;b&gt;&amp;\n</code></pre>" in html
    assert "<span" not in html
    assert "<b>" not in html


def test_code_without_a_language_has_no_class() -> None:
    assert code_block("a\n", "") == "<pre><code>a\n</code></pre>\n"


def test_code_that_is_too_long_is_plain() -> None:
    assert "<span" in code_block("x = 1\n", "python")
    assert "<span" not in code_block("x = 1\n" * MAX_CODE_CHARS, "python")
    assert "<span" not in code_block("x = 1\n", "python", budget=3)


def test_code_that_takes_too_long_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.text.highlight.MAX_SECONDS", 0.0)
    assert code_block("x = 1\n" * 9, "python").startswith('<pre><code class="language-python">x')


@pytest.mark.parametrize("name", sorted({*LANGUAGES, *ALIASES}))
def test_every_language_has_a_lexer(name: str) -> None:
    assert lexer_class(name) is not None


@given(st.text(max_size=200), st.sampled_from(("python", "bash", "yaml", "html", "json", "diff")))
def test_colours_never_change_the_code(code: str, language: str) -> None:
    html = code_block(f"x{code}x\n", language)
    shown = code_block(f"x{code}x\n", "")
    assert plain_text(html) == plain_text(shown)


def test_threads_may_colour_at_once() -> None:
    languages = ("rust", "go", "java", "lua", "perl", "ruby", "swift", "tcl") * 4
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda name: code_block('if x: "y"\n', name), languages))
    assert pages == [code_block('if x: "y"\n', name) for name in languages]


def test_a_kind_of_token_without_a_class_has_that_of_its_parent() -> None:
    assert css_class(Token.Literal.String.Unheard) == "s"


def test_every_class_has_a_colour_or_needs_none() -> None:
    styled = set(re.findall(r"\.([a-z0-9]{1,3})\b", STYLESHEET))
    assert set(STANDARD_TYPES.values()) - styled == COLOURLESS | {""}


def test_colours_have_enough_contrast_in_light_and_dark() -> None:
    pairs = re.findall(r"--code-([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", STYLESHEET)
    assert len(pairs) == STYLESHEET.count("--code-") - STYLESHEET.count("var(--code-")
    light = {name: colour for name, colour, _ in pairs}
    dark = {name: colour for name, _, colour in pairs}
    for colours, backgrounds in ((light, LIGHT), (dark, DARK)):
        for name in colours.keys() - {"deleted-back", "inserted-back"}:
            behind = colours.get(f"{name}-back")
            for background in [behind] if behind else backgrounds:
                assert contrast(colours[name], background) >= 4.5, (name, background)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour by WCAG 2."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
