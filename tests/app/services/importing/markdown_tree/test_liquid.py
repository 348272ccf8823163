import pytest

from app.services.importing.markdown_tree.dialect import Dialect, keep_heading_ids
from app.services.importing.markdown_tree.fields import Fields
from app.services.importing.markdown_tree.liquid import convert_liquid, drop_attribute_lists

KNOWN = {"2020-01-01-x": "/articles/x", "_posts/2020-01-01-x.md": "/articles/x"}


def convert(text):
    dialect = Dialect(Fields({"color": "red"}), Fields({"repository": "a/b"}), KNOWN.get)
    return convert_liquid(text, dialect), dialect.warnings


@pytest.mark.parametrize(
    ("liquid", "markdown"),
    [
        (
            "{% highlight ruby linenos %}\ndef x; end\n{% endhighlight %}",
            "```ruby\ndef x; end\n```",
        ),
        ("{% raw %}{{ this }}{% endraw %}", "{{ this }}"),
        ("a{% comment %}b{% endcomment %}c", "ac"),
        ("[x]({% post_url 2020-01-01-x %})", "[x](/articles/x)"),
        ("[x]({% link _posts/2020-01-01-x.md %})", "[x](/articles/x)"),
        ("![i]({{ site.baseurl }}/a.png)", "![i](/a.png)"),
        ('![i]({{ "/a.png" | relative_url }})', "![i](/a.png)"),
        ("{{ '/a' | prepend: site.baseurl }}", "/a"),
        ("{{ page.color }} {{ site.repository }}", "red a/b"),
        ("{% include figure.html src='a.png' alt='A' caption=\"C d\" %}", "![A](a.png)\n\n*C d*"),
        ("{%- gist user/1 file.rb -%}", "<https://gist.github.com/user/1>"),
        ("{% youtube abc %}", "<https://www.youtube.com/watch?v=abc>"),
    ],
)
def test_known_tags_become_markdown(liquid, markdown):
    assert convert(liquid) == (markdown, [])


@pytest.mark.parametrize(
    "text",
    [
        "{% if x %}",
        "{{ page.missing }}",
        "{{ site.title | upcase }}",
        "{{ x }}",
        "{% include toc.html %}",
        "{% include figure.html alt='no source' %}",
    ],
)
def test_unknown_tags_stay_with_a_warning(text):
    converted, warnings = convert(text)
    assert converted == text
    assert len(warnings) == 1


def test_attribute_lists_vanish_and_code_that_looks_like_one_stays():
    text = "# T\n* TOC\n{:toc}\n\npara\n{: .note}\n**b**{: .x} `{:x}`\n"
    assert drop_attribute_lists(text) == "# T\n\npara\n**b** `{:x}`\n"


def test_ids_of_headings_stay_findable():
    text = "## One two {#one-two}\n## Three {#3 .wide}\n## Four {.wide}\n## Five {six}\n"
    assert keep_heading_ids(text) == (
        '## One two\n## <a id="3"></a>Three\n## Four\n## Five {six}\n'
    )
