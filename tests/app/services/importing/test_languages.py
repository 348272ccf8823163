import pytest

from app.services.importing.languages import locale_of


@pytest.mark.parametrize(
    ("code", "locale"),
    [
        ("en-US", "en"),
        ("en_GB.UTF-8", "en"),
        ("zh", "zh_Hans_CN"),
        ("zh-CN", "zh_Hans_CN"),
        ("zh_Hans_CN", "zh_Hans_CN"),
        ("zh-TW", "zh_Hant_TW"),
        ("zh-hant", "zh_Hant_TW"),
        ("pt-BR", "pt"),
        ("english", None),
        ("", None),
        (None, None),
    ],
)
def test_language_codes_become_locales(code, locale):
    assert locale_of(code) == locale
