"""Scenario files: what is shipped is whole, and mistakes are told with their line."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sandbox.caller.diary import AHEAD, Taken
from sandbox.companies import demo_company
from sandbox.conversations.faults import FAULTS, NONE, fitting
from sandbox.conversations.phones import Phones, digits_in_words, national
from sandbox.conversations.planning import Planner, skipped_hour, soon
from sandbox.conversations.reading import ScenarioError, find, load, parse, shipped
from sandbox.conversations.values import NothingThereError, filled

BERLIN = ZoneInfo("Europe/Berlin")
SHIPPED = shipped()
PLAIN = """\
title: A booking
company: seeblick
branch: br_seeblick_sachsenhausen
caller: "+49"
name: Eva Test
wishes:
  wish: {service: svc_seeblick_herren}
talk:
  - caller: Guten Tag.
  - call: check_availability
    args: {service: Herrenhaarschnitt, date_phrase: "{day}"}
    expect: held
expect: {end: none}
"""


def test_all_failure_scenarios_of_the_contract_are_covered() -> None:
    covered = {number for scenario in SHIPPED.values() for number in scenario.covers}
    assert covered == set(range(1, 30))


def test_there_are_callers_of_all_kinds() -> None:
    assert len(SHIPPED) >= 30
    assert {scenario.language for scenario in SHIPPED.values()} == {"de", "en"}
    callers = {scenario.caller for scenario in SHIPPED.values()}
    assert {"anonymous", "+49"} <= callers
    assert {number[:3] for number in callers} >= {"+41", "+43", "+44"}
    assert {scenario.company for scenario in SHIPPED.values()} == {
        *("haarwerk", "physiomarkt", "lindner", "rosengarten", "seeblick")
    }
    assert max(scenario.callers for scenario in SHIPPED.values()) == 20


def test_every_fault_fits_some_scenario_and_none_of_them_all() -> None:
    rows = [{fault.name for fault in fitting(scenario)} for scenario in SHIPPED.values()]
    assert set().union(*rows) == {fault.name for fault in FAULTS}
    assert set.intersection(*rows) == {NONE.name}


@pytest.mark.parametrize("day", range(0, 365, 13))
def test_every_scenario_finds_its_day_on_any_day_of_the_year(day: int) -> None:
    now = datetime(2027, 1, 1, 11, 40, tzinfo=UTC) + timedelta(days=day)
    planner = Planner(now)
    for name, scenario in SHIPPED.items():
        trial = planner.plan(name, scenario)
        free = [
            s for s in scenario.wishes.values() if s.soon is None and s.edge != "clocks_forward"
        ]
        if free and len(free) == len(scenario.wishes):
            assert min(trial.starts.values()) >= now + AHEAD
        for person in trial.people:
            for step in scenario.steps():
                for said in (step.caller, step.agent):
                    if said is not None and "$" not in said:
                        filled(said, person.words, {})


def test_trials_do_not_stand_in_each_others_way() -> None:
    now = datetime(2027, 3, 3, 9, 0, tzinfo=UTC)
    planner = Planner(now)
    scenario = SHIPPED["plain_booking"]
    trials = [planner.plan("plain_booking", scenario, number=n) for n in range(40)]
    starts = sorted(trial.starts["wish"] for trial in trials)
    assert all(later - sooner >= timedelta(hours=1) for sooner, later in itertools.pairwise(starts))
    assert len({trial.people[0].phone for trial in trials}) == 40
    assert len({trial.people[0].email for trial in trials}) == 40


def test_what_is_taken_already_is_stepped_round() -> None:
    now = datetime(2027, 3, 3, 9, 0, tzinfo=UTC)
    scenario = SHIPPED["plain_booking"]
    first = Planner(now).plan("plain_booking", scenario).starts["wish"]
    planner = Planner(now)
    taken = Taken(branch=scenario.branch, start_at=first, end_at=first + timedelta(hours=1))
    planner.know(scenario.company, [taken], ["+4917604069000"])
    trial = planner.plan("plain_booking", scenario)
    assert abs(trial.starts["wish"] - first) >= timedelta(hours=1)
    assert trial.people[0].phone != "+4917604069000"


def test_said_on_a_saturday_about_the_week_after() -> None:
    trial = Planner(datetime(2027, 3, 3, 9, 0, tzinfo=UTC)).plan(
        "next_week_tuesday", SHIPPED["next_week_tuesday"]
    )
    wish, said = trial.starts["wish"], trial.said_at
    assert (wish.weekday(), said.weekday()) == (1, 5)
    assert wish.date() - said.date() == timedelta(days=3)


def test_the_skipped_hour_is_none_on_any_clock() -> None:
    at = skipped_hour(datetime(2026, 11, 21, tzinfo=UTC), BERLIN)
    assert (at.year, at.month, at.day, at.hour, at.minute) == (2027, 3, 28, 2, 30)
    assert datetime.fromtimestamp(at.timestamp(), BERLIN).hour != at.hour


def test_beyond_the_clock_change_the_offset_is_another() -> None:
    now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    scenario = SHIPPED["beyond_the_clock_change"]
    start = Planner(now).plan("beyond_the_clock_change", scenario).starts["wish"]
    assert start.utcoffset() != now.astimezone(BERLIN).utcoffset()


def test_soon_is_on_the_next_quarter_hour() -> None:
    now = datetime(2026, 11, 21, 9, 7, 30, tzinfo=UTC)
    assert soon(now, timedelta(minutes=30), BERLIN) == datetime(2026, 11, 21, 10, 45, tzinfo=BERLIN)


# --- mistakes -----------------------------------------------------------------------------------


def test_a_plain_file_is_read() -> None:
    scenario = parse(PLAIN, "plain.yaml")
    assert scenario.talk[1].expect == ("held",)
    assert demo_company(scenario.company).slug == "seeblick"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("expect: held", "expected: held", "plain.yaml:12: talk.1.expected: no such key"),
        ("expect: held", "expect: heldd", "plain.yaml:12: talk.1.expect"),
        ("company: seeblick", "company: nobody", "plain.yaml:2: company: no company nobody"),
        ("svc_seeblick_herren", "svc_x", "plain.yaml:7: wishes.wish.service: no service svc_x"),
        ("title: A booking\n", "", "title: Field required"),
        ("  - caller: Guten Tag.", "  - caller: Guten Tag.\n    agent: Hallo.", "plain.yaml:9"),
        ("name: Eva Test", "name: Eva Test\nname: Eva", "plain.yaml:6: the key name comes twice"),
        ("name: Eva Test", "name: [Eva", "plain.yaml:6"),
        ("{end: none}", "{end: nothing}", "plain.yaml:13: expect.end"),
    ],
)
def test_mistakes_are_told_with_their_line(old: str, new: str, told: str) -> None:
    assert old in PLAIN
    with pytest.raises(ScenarioError) as caught:
        parse(PLAIN.replace(old, new), "plain.yaml")
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "nothing.yaml")
    with pytest.raises(ScenarioError, match="no scenario of that name"):
        find("nothing")
    assert load(find("plain_booking")) == SHIPPED["plain_booking"]


def test_yaml_makes_no_truths_and_numbers_of_words() -> None:
    text = PLAIN.replace("name: Eva Test", "name: 'yes'").replace("Guten Tag.", "on")
    scenario = parse(text.replace('"+49"', "+49"), "plain.yaml")
    assert (scenario.name, scenario.talk[0].caller, scenario.caller) == ("yes", "on", "+49")


# --- values -------------------------------------------------------------------------------------


def test_values_and_words_are_filled_in() -> None:
    known = {"hold_id": "h", "slots": [{"start": "s", "parts": [{"start": 7}]}]}
    assert filled("$hold_id", {}, known) == "h"
    assert filled("$slots[0].parts[0].start", {}, known) == 7
    assert filled({"a": ["{day}, $hold_id"]}, {"day": "morgen"}, known) == {"a": ["morgen, h"]}
    assert filled("{{{{call_id}}}}", {}, {}) == "{{call_id}}"
    assert filled(True, {}, {}) is True
    for value in ("$hold", "$slots[1].start", "{never}"):
        with pytest.raises(NothingThereError):
            filled(value, {}, known)


def test_phones_are_used_again_only_when_all_are_in_use() -> None:
    phones = Phones(["+447700900000"])
    assert phones.take("+44770090000x") == "+447700900001"
    german = {phones.take("+49") for _ in range(150)}
    assert len(german) == 150
    more = {phones.take("+49") for _ in range(50)}
    assert len(german | more) == 200
    assert all(number.startswith("+4179000") for number in more - german if number[:3] != "+49")
    assert phones.take("+49", german=True).startswith("+49")


def test_a_number_is_dictated_figure_by_figure() -> None:
    assert national("+4917604069012") == "0176 04069012"
    words = ["null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
    assert digits_in_words("+49171", words) == "null eins sieben eins"
