import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.importing.markdown_tree.dialect import Dialect
from app.services.importing.markdown_tree.fields import Fields
from app.services.importing.markdown_tree.shortcodes import convert_shortcodes

KNOWN = {"other.md": "/articles/other"}


def convert(text, **fields):
    dialect = Dialect(Fields(fields), Fields({}), KNOWN.get)
    return convert_shortcodes(text, dialect), dialect.warnings


@pytest.mark.parametrize(
    ("shortcode", "markdown"),
    [
        ('{{< figure src="a.png" alt="A" >}}', "![A](a.png)"),
        (
            '{{< figure src="a.png" title="T" caption="A > b" link="/x" >}}',
            "[![A > b](a.png)](/x)\n\n*T A > b*",
        ),
        ("{{< figure a.png >}}", "![](a.png)"),
        ('[x]({{< ref "other.md" >}})', "[x](/articles/other)"),
        ('[x]({{% relref path="other.md" %}})', "[x](/articles/other)"),
        ("{{< youtube w7Ft2ymGmfc >}}", "<https://www.youtube.com/watch?v=w7Ft2ymGmfc>"),
        ('{{< youtube id="abc" >}}', "<https://www.youtube.com/watch?v=abc>"),
        ('{{< x user="U" id="1" >}}', "<https://x.com/U/status/1>"),
        ("{{< gist user 1234 >}}", "<https://gist.github.com/user/1234>"),
        ("{{< param color >}}", "red"),
        ('{{< highlight go "linenos=table" >}}\nx := 1\n{{< /highlight >}}', "```go\nx := 1\n```"),
        ("{{< highlight >}}a ``` b{{< /highlight >}}", "````\na ``` b\n````"),
        ("{{% notice tip %}}\na\n\nb\n{{% /notice %}}", "\n> **Tip**\n>\n> a\n>\n> b\n"),
        ('{{< warning title="Mind" >}}x{{< /warning >}}', "\n> **Mind**\n>\n> x\n"),
        ('{{< details summary="More" >}}x{{< /details >}}', "**More**\n\nx\n"),
        ("{{< details >}}x{{< /details >}}", "**Details**\n\nx\n"),
        ("{{</* figure src=x */>}} {{%/* note */%}}", "{{< figure src=x >}} {{% note %}}"),
    ],
)
def test_known_shortcodes_become_markdown(shortcode, markdown):
    assert convert(shortcode, color="red") == (markdown, [])


def test_calls_inside_of_others_are_converted_first():
    text, _ = convert("{{% note %}}{{< youtube a >}}{{% /note %}}")
    assert text == "\n> **Note**\n>\n> <https://www.youtube.com/watch?v=a>\n"


@pytest.mark.parametrize(
    "text",
    [
        "{{< tabs >}}{{< tab x >}}T{{< /tab >}}{{< /tabs >}}",
        "{{< gallery />}}",
        "{{< note >}} that is never closed",
        "{{< param missing >}}",
    ],
)
def test_unknown_calls_stay_with_one_warning_each(text):
    converted, warnings = convert(text * 2)
    assert converted == text * 2
    assert warnings
    assert len(warnings) == len(set(warnings))


def test_tags_without_a_partner_stay():
    text = "{{< /tab >}} a {{< b >}}{{< b >}}{{< /b >}}{{< c >}}{{< d >}}{{< /c >}}{{< /d >}}"
    assert convert(text)[0] == text


def test_a_reference_to_nothing_keeps_its_target():
    assert convert('{{< ref "gone.md" >}}') == (
        "gone.md",
        ["the reference 'gone.md' leads to no document"],
    )


@given(st.text(alphabet='{<%>}/* "a=`\n', max_size=60))
def test_no_text_breaks_the_scan(text):
    convert(text)


@given(st.text(alphabet="ab {}<%\n", max_size=40))
def test_text_without_calls_is_left_alone(text):
    if "{{<" not in text and "{{%" not in text:
        assert convert(text) == (text, [])
