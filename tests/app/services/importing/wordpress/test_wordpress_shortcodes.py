import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.importing.wordpress.shortcodes import Shortcodes


def convert(text):
    shortcodes = Shortcodes(lambda ids: [f"/{i}.png" for i in ids] if ids else [])
    return shortcodes.convert(text).strip(), shortcodes.warnings


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            '[caption id="a" align="alignright" width="300"]<a href="/b"><img src="a.png"></a>'
            " The <em>caption</em>[/caption]",
            '<figure><a href="/b"><img src="a.png"></a><figcaption>The <em>caption</em>'
            "</figcaption></figure>",
        ),
        (
            '[caption caption="Old &amp; gold"]<img src="a.png">[/caption]',
            '<figure><img src="a.png"><figcaption>Old & gold</figcaption></figure>',
        ),
        ("[caption]text[/caption]", "<figure>text<figcaption></figcaption></figure>"),
        (
            '[code lang="js"]\nif (a < b) [x]\n[/code]',
            '<pre><code class="language-js">if (a &lt; b) [x]</code></pre>',
        ),
        (
            "[sourcecode language='c']a &amp;&amp; b[/sourcecode]",
            '<pre><code class="language-c">a &amp;&amp; b</code></pre>',
        ),
        ("[python]x[/python]", '<pre><code class="language-python">x</code></pre>'),
        ("[code]x[/code]", "<pre><code>x</code></pre>"),
        (
            "[embed width='5']https://a.example/?b&amp;c[/embed]",
            '<a href="https://a.example/?b&amp;c">https://a.example/?b&amp;c</a>',
        ),
        ('[audio src="a.mp3"]', '<a href="a.mp3">a.mp3</a>'),
        ('[video mp4="a.mp4"][/video]', '<a href="a.mp4">a.mp4</a>'),
        ("[youtube https://youtu.be/a]", '<a href="https://youtu.be/a">https://youtu.be/a</a>'),
        ("[youtube=https://youtu.be/a]", '<a href="https://youtu.be/a">https://youtu.be/a</a>'),
        ("[vimeo 12]", '<a href="https://vimeo.com/12">https://vimeo.com/12</a>'),
        ('[gallery ids="1,2"]', '<img src="/1.png" alt="" />\n\n<img src="/2.png" alt="" />'),
        ("[[code]]", "[code]"),
        ("[audio]", "[audio]"),
        ("see [1] and [sic] or a[0]", "see [1] and [sic] or a[0]"),
    ],
)
def test_known_shortcodes_become_html(text, html):
    assert convert(text) == (html, [])


def test_unknown_shortcodes_stay_with_one_warning():
    text = '[contact-form-7 id="1"] [b]bold[/b] [b]x[/b]'
    assert convert(text) == (
        text,
        [
            "the shortcode 'contact-form-7' is not known and stays as text",
            "the shortcode 'b' is not known and stays as text",
        ],
    )


def test_a_gallery_without_images_is_told():
    assert convert("[gallery]") == ("", ["the images of a gallery are not in the file"])


@given(st.text(alphabet="[]/ab= \"'\n", max_size=60))
def test_no_text_breaks_it(text):
    convert(text)
