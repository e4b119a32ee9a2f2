"""Text of others stays text in Markdown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.ui.escape import literal, placeless

ACTIVE = r"(?<!\\)(?:\\\\)*(?:\[|<[a-z]+:)"
LINKED = re.compile(r"https?://|www\.|[\w.+-]@[\w-]", re.IGNORECASE)
"""What GitHub's Markdown makes a link of wherever it stands, escaped or not."""


@pytest.mark.parametrize(
    "text", ["record 100", "<b>", "a < b", "20261124-151139974-gan-4f07", "a: b", "12:30", "I, II & V1", ""]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert literal(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "http://a.b/c", "HTTPS://a.b", "www.a.b", "WWW.a.b", "me@a.org", "mailto:me@a.org", "<http://a.b>",
        "![p](http://a.b/z.png)", r"\![p](http://a.b/z.png)", r"\\[x](http://a.b)", "[x][y]\n\n[y]: http://a.b",
    ],
)  # fmt: skip
def test_a_picture_or_link_becomes_text(text: str) -> None:
    shown = literal(text)
    assert not LINKED.search(shown)
    assert not re.search(ACTIVE, shown)


@given(st.text(alphabet="htps:/w.@a\\[]()<>! ", max_size=40))
def test_nothing_active_is_left_in_any_text_and_what_it_said_can_be_read(text: str) -> None:
    shown = literal(text)
    assert not LINKED.search(shown)
    assert not re.search(ACTIVE, shown)
    assert re.sub(r"\\([\\\[<])", r"\1", shown).replace("\N{WORD JOINER}", "") == placeless(text)
