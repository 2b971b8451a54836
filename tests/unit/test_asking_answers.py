"""What holds for every answer: its status, its one or two sentences, its fields, and the page."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from contracts.functions import AnswerStatus
from domain.asking.facts import ReplyStatus
from domain.intent.model import Language
from tests.builders.replies import LANGS, every_answer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "functions.md"


# --- what holds for all of them -------------------------------------------------------------------


def test_the_statuses_are_those_of_the_contract_and_all_of_them_occur() -> None:
    assert set(get_args(ReplyStatus)) == set(get_args(AnswerStatus))
    for lang in LANGS:
        assert {reply.status for reply in every_answer(lang)} == set(get_args(AnswerStatus))


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_but_booked_is_called_booked(lang: Language) -> None:
    for reply in every_answer(lang):
        says_so = re.search(r"gebucht|\bbooked\b", reply.message, re.IGNORECASE) is not None
        assert says_so == (reply.status == "booked"), reply


@pytest.mark.parametrize("lang", LANGS)
def test_a_message_is_one_or_two_sentences_that_a_voice_can_say(lang: Language) -> None:
    for reply in every_answer(lang):
        text = reply.message
        assert re.fullmatch(r"[A-ZÄÖÜ][^.?!]*[.?]( [A-ZÄÖÜ][^.?!]*[.?])?", text), text
        assert not re.search(r"\d|[\[\]{}|_\"]|  |\s[.,?]|,,|\bNone\b", text), text
        assert len(text) < 420, text


def test_the_two_languages_say_it_in_different_words_with_the_same_fields() -> None:
    for german, english in zip(every_answer("de"), every_answer("en"), strict=True):
        assert german.status == english.status
        assert set(german.fields) == set(english.fields)
        assert german.message != english.message


@pytest.mark.parametrize("lang", LANGS)
def test_fields_are_json_and_times_have_the_branchs_offset(lang: Language) -> None:
    for reply in every_answer(lang):
        text = json.dumps(dict(reply.fields), ensure_ascii=False, allow_nan=False)
        assert len(text) < 4_000  # far from the 15 000 characters at which an answer is cut
        for instant in re.findall(r"\d{4}-\d{2}-\d{2}T[^\"]*", text):
            assert re.fullmatch(r"[-\d]{10}T\d{2}:\d{2}:\d{2}\+0[12]:00", instant)
        assert "uid" not in text
        assert "null" not in text


# --- the page -------------------------------------------------------------------------------------


def _rows() -> dict[str, list[str]]:
    """Status -> meaning, what the agent does, fields."""
    text = PAGE.read_text(encoding="utf-8").partition("## Answers")[2]
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            first, *others = [cell.strip() for cell in line.strip("| ").split(" | ")]
            rows[first.strip("`")] = others
    return rows


def test_the_page_lists_every_status_and_none_that_is_made_up() -> None:
    rows = _rows()
    assert set(rows) == set(get_args(AnswerStatus))
    for status, cells in rows.items():
        assert len(cells) == 3, status
        assert all(cells), status


def test_the_page_names_every_field_of_every_answer() -> None:
    rows = _rows()
    for reply in every_answer("de"):
        named = set(re.findall(r"`(\w+)`", rows[reply.status][2]))
        assert set(reply.fields) <= named, (reply.status, set(reply.fields) - named)
