"""Windows, parts of the day, amounts of time, weeks, months and feasts, as English callers say it.

Words of our own, said on Tuesday 24 November 2026 at 9:20. A line is what was said, its start and
its end (exclusive): `-` none, `*` not asked.
"""

import datetime as dt

import pytest

from domain.intent import read_time

NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read

SAID = """
    Monday, Tuesday or Wednesday | 2026-11-30 | *
    next week from Wednesday | 2026-12-02 | -
    not until Monday | 2026-11-30 | -
    EOD tomorrow | 2026-11-25T17:00 | *
    close of business Friday | 2026-11-27T17:00 | *
    no sooner than Wednesday | 2026-11-25 | -
    at 10 or 10:30 tomorrow | 2026-11-25T10:00 | *
    between 10 and 12 | 2026-11-24T10:00 | 2026-11-24T12:00
    tomorrow between ten and noon | 2026-11-25T10:00 | 2026-11-25T12:00
    tomorrow from 10 to 12 | 2026-11-25T10:00 | 2026-11-25T12:00
    tomorrow from ten until half past eleven | 2026-11-25T10:00 | 2026-11-25T11:30
    Friday 2-4pm | 2026-11-27T14:00 | 2026-11-27T16:00
    Friday 2 to 4 pm | 2026-11-27T14:00 | 2026-11-27T16:00
    Friday from 2:30 to 4 | 2026-11-27T14:30 | 2026-11-27T16:00
    Friday 2:30-4:00 | 2026-11-27T14:30 | 2026-11-27T16:00
    Friday 2:30 – 4:00 pm | 2026-11-27T14:30 | 2026-11-27T16:00
    Friday between 2 and 4 in the afternoon | 2026-11-27T14:00 | 2026-11-27T16:00
    9am to 11am tomorrow | 2026-11-25T09:00 | 2026-11-25T11:00
    from 9 until 11 tomorrow morning | 2026-11-25T09:00 | 2026-11-25T11:00
    tomorrow morning between 9 and 11 | 2026-11-25T09:00 | 2026-11-25T11:00
    between 9 and 11 am on Friday | 2026-11-27T09:00 | 2026-11-27T11:00
    from 11 am to 1 pm | 2026-11-24T11:00 | 2026-11-24T13:00
    from 11 to 1 | 2026-11-24T11:00 | 2026-11-24T13:00
    9:30 till 11 | 2026-11-24T09:30 | 2026-11-24T11:00
    after 5:30 | 2026-11-24T17:30 | -
    tomorrow after 3 | 2026-11-25T15:00 | -
    tomorrow after three pm | 2026-11-25T15:00 | -
    any time after 3 tomorrow | 2026-11-25T15:00 | -
    from Friday | 2026-11-27 | -
    from Friday on | 2026-11-27 | -
    starting Friday | 2026-11-27 | -
    from next week | 2026-11-30 | -
    not before Thursday | 2026-11-26 | -
    tomorrow not before 10 | 2026-11-25T10:00 | -
    not earlier than 10 tomorrow | 2026-11-25T10:00 | -
    4 pm at the earliest | 2026-11-24T16:00 | -
    Friday at the earliest | 2026-11-27 | -
    no earlier than 4 pm | 2026-11-24T16:00 | -
    from 4 pm onwards | 2026-11-24T16:00 | -
    4 pm or later | 2026-11-24T16:00 | -
    after December 10th | 2026-12-10 | -
    as of December 10 | 2026-12-10 | -
    until noon | - | 2026-11-24T12:00
    before 11 am | - | 2026-11-24T11:00
    tomorrow before noon | - | 2026-11-25T12:00
    tomorrow before 11 | - | 2026-11-25T11:00
    by 5 pm | 2026-11-24T09:20 | 2026-11-24T17:00
    by Friday | 2026-11-24T09:20 | *
    by Friday at noon | 2026-11-24T09:20 | 2026-11-27T12:00
    no later than 5 pm | * | 2026-11-24T17:00
    5 pm at the latest | * | 2026-11-24T17:00
    by the end of the week | 2026-11-24T09:20 | *
    by end of next month | 2026-11-24T09:20 | *
    by the end of next month | 2026-11-24T09:20 | *
    by tomorrow | 2026-11-24T09:20 | *
    before Friday | - | *
    up until 5 pm | - | 2026-11-24T17:00
    from December 3rd to 5th | 2026-12-03 | *
    December 3 to 5 | 2026-12-03 | *
    December 3-5 | 2026-12-03 | *
    3-5 December | 2026-12-03 | *
    the 3rd to the 5th of December | 2026-12-03 | *
    from the 3rd through the 5th of December | 2026-12-03 | *
    from Monday to Wednesday | 2026-11-30 | *
    Monday through Wednesday | 2026-11-30 | *
    Monday to Wednesday | 2026-11-30 | *
    between Monday and Wednesday | 2026-11-30 | *
    between December 3rd and December 5th | 2026-12-03 | *
    Nov 28 to Dec 2 | 2026-11-28 | *
    from November 28th until December 2nd | 2026-11-28 | *
    Nov 28 - Dec 2 | 2026-11-28 | *
    this morning | 2026-11-24T08:00 | *
    this afternoon | 2026-11-24T12:00 | *
    this evening | 2026-11-24T18:00 | *
    tonight | 2026-11-24T18:00 | *
    later today | 2026-11-24T12:00 | *
    tomorrow morning | 2026-11-25T08:00 | *
    tomorrow afternoon | 2026-11-25T12:00 | *
    tomorrow evening | 2026-11-25T18:00 | *
    tomorrow at lunchtime | 2026-11-25T12:00 | *
    Friday afternoon | 2026-11-27T12:00 | *
    on Friday afternoon | 2026-11-27T12:00 | *
    the afternoon of Friday | 2026-11-27T12:00 | *
    the afternoon of December 3rd | 2026-12-03T12:00 | *
    Friday in the late afternoon | 2026-11-27T16:00 | *
    late Friday afternoon | 2026-11-27T16:00 | *
    late tomorrow afternoon | 2026-11-25T16:00 | *
    early Friday morning | 2026-11-27T06:00 | *
    early tomorrow morning | 2026-11-25T06:00 | *
    early in the morning on Friday | 2026-11-27T06:00 | *
    first thing Friday | 2026-11-27T06:00 | *
    first thing on Friday morning | 2026-11-27T06:00 | *
    mid morning tomorrow | 2026-11-25T09:00 | *
    mid-afternoon tomorrow | 2026-11-25T14:00 | *
    late morning | 2026-11-24T10:00 | *
    early afternoon tomorrow | 2026-11-25T12:00 | *
    tomorrow around lunch | 2026-11-25T12:00 | *
    after work on Friday | 2026-11-27T17:00 | *
    tomorrow after lunch | 2026-11-25T13:00 | *
    next Friday morning | 2026-11-27T08:00 | *
    Monday night | 2026-11-30T21:00 | *
    Wednesday noon | 2026-11-25T12:00 | *
    Wednesday at noon | 2026-11-25T12:00 | *
    Wednesday evening at half seven | 2026-11-25T19:30 | *
    in 20 minutes | 2026-11-24T09:40 | *
    in half an hour | 2026-11-24T09:50 | *
    in a half hour | 2026-11-24T09:50 | *
    in an hour | 2026-11-24T10:20 | *
    an hour from now | 2026-11-24T10:20 | *
    in one and a half hours | 2026-11-24T10:50 | *
    in 1.5 hours | 2026-11-24T10:50 | *
    in an hour and a half | 2026-11-24T10:50 | *
    in an hour and ten minutes | 2026-11-24T10:30 | *
    in 2 hours and 15 minutes | 2026-11-24T11:35 | *
    in three quarters of an hour | 2026-11-24T10:05 | *
    in six weeks | 2027-01-05 | *
    six weeks from now | 2027-01-05 | *
    in half a year | 2027-05-24 | *
    in six months | 2027-05-24 | *
    in a year | 2027-11-24 | *
    a year from now | 2027-11-24 | *
    in about two weeks | 2026-12-08 | *
    in approximately two weeks | 2026-12-08 | *
    in roughly a month | 2026-12-24 | *
    ten days from today | 2026-12-04 | *
    ten days from tomorrow | 2026-12-05 | *
    three days after tomorrow | 2026-11-28 | *
    two days before Christmas | 2026-12-23 | *
    two days after Christmas | 2026-12-27 | *
    an hour before noon | 2026-11-24T11:00 | *
    30 minutes after 2 pm | 2026-11-24T14:30 | *
    next week | 2026-11-30 | *
    this week | 2026-11-23 | *
    the following week | 2026-11-30 | *
    the week after next | 2026-12-07 | *
    sometime next week | 2026-11-30 | *
    any day next week | 2026-11-30 | *
    next month | 2026-12-01 | *
    this month | 2026-11-01 | *
    the month after next | 2027-01-01 | *
    next January | 2027-01-01 | *
    in January | 2027-01-01 | *
    this coming January | 2027-01-01 | *
    January of next year | 2027-01-01 | *
    next year in March | 2027-03-01 | *
    March next year | 2027-03-01 | *
    in March 2027 | 2027-03-01 | *
    March of 2027 | 2027-03-01 | *
    mid December | 2026-12-11 | *
    in the middle of December | 2026-12-11 | *
    late December | 2026-12-21 | *
    at the end of December | 2026-12-21 | *
    early January | 2027-01-01 | *
    at the beginning of January | 2027-01-01 | *
    the start of next week | 2026-11-30 | *
    at the beginning of next week | 2026-11-30 | *
    the middle of next week | 2026-12-02 | *
    end of this week | 2026-11-27 | *
    towards the end of the week | 2026-11-27 | *
    the end of the month | 2026-11-21 | *
    end of next month | 2026-12-21 | *
    the beginning of next month | 2026-12-01 | *
    early next month | 2026-12-01 | *
    late next week | 2026-12-04 | *
    this weekend | 2026-11-28 | *
    over the weekend | 2026-11-28 | *
    week 50 | 2026-12-07 | *
    in week 50 | 2026-12-07 | *
    calendar week 50 | 2026-12-07 | *
    the week of December 7th | 2026-12-07 | *
    next year | 2027-01-01 | *
    early next year | 2027-01-01 | *
    asap | 2026-11-24T09:20 | *
    right now | 2026-11-24T09:20 | *
    today sometime | 2026-11-24 | *
    any time today | 2026-11-24 | *
    anytime tomorrow | 2026-11-25 | *
    at any time on Friday | 2026-11-27 | *
    Monday or Tuesday | 2026-11-30 | *
    Monday or Wednesday at ten | 2026-11-30T10:00 | *
    either Monday or Wednesday | 2026-11-30 | *
    3 or 4 pm tomorrow | 2026-11-25T15:00 | *
    December 3rd or 4th | 2026-12-03 | *
    not Monday but Tuesday | 2026-12-01 | *
    Tuesday instead of Monday | 2026-12-01 | *
    actually Friday at ten | 2026-11-27T10:00 | *
    the 5th at 11 | 2026-12-05T11:00 | *
    the fifth at eleven | 2026-12-05T11:00 | *
    Saturday the 5th at 11 am | 2026-12-05T11:00 | *
    Saturday, Dec 5, 11 a.m. | 2026-12-05T11:00 | *
    Saturday December 5th 2026 at 11:00 am | 2026-12-05T11:00 | *
    12/5 at 11 | 2026-12-05T11:00 | *
    12/05/2026 11:00 AM | 2026-12-05T11:00 | *
    2026-12-05 at 11 | 2026-12-05T11:00 | *
    5 Dec 2026 11:00 | 2026-12-05T11:00 | *
    on the 5th of next month at 11 | 2026-12-05T11:00 | *
    11 on Saturday | 2026-11-28T11:00 | *
    eleven on Saturday | 2026-11-28T11:00 | *
    eleven o'clock Saturday morning | 2026-11-28T11:00 | *
    11 Saturday morning | 2026-11-28T11:00 | *
    Saturday at eleven or so | 2026-11-28T11:00 | *
    at three tomorrow afternoon | 2026-11-25T15:00 | *
    three tomorrow afternoon | 2026-11-25T15:00 | *
    3 pm the day after tomorrow | 2026-11-26T15:00 | *
    tomorrow, 3 pm | 2026-11-25T15:00 | *
    tomorrow @ 3 | 2026-11-25T15:00 | *
    at 9 tonight | 2026-11-24T21:00 | *
    9 tonight | 2026-11-24T21:00 | *
    tonight at half seven | 2026-11-24T19:30 | *
    midnight tonight | 2026-11-25 | *
    at midnight | 2026-11-25 | *
    seven thirty this evening | 2026-11-24T19:30 | *
    seven thirty tomorrow morning | 2026-11-25T07:30 | *
    half past seven tomorrow evening | 2026-11-25T19:30 | *
    ten tomorrow | 2026-11-25T10:00 | *
    tomorrow ten thirty | 2026-11-25T10:30 | *
    tomorrow at ten thirty in the morning | 2026-11-25T10:30 | *
    noon on Friday | 2026-11-27T12:00 | *
    midday Friday | 2026-11-27T12:00 | *
    noon-ish Friday | 2026-11-27T12:00 | *
    Monday after next at ten | 2026-12-07T10:00 | *
    a week Tuesday | 2026-12-08 | *
    Tuesday week at noon | 2026-12-08T12:00 | *
    for three days starting Monday | 2026-11-30 | 2026-12-03
    starting Monday for three days | 2026-11-30 | 2026-12-03
    from 2 pm for two hours | 2026-11-24T14:00 | 2026-11-24T16:00
    tomorrow at 10 for an hour | 2026-11-25T10:00 | 2026-11-25T11:00
    tomorrow at 10 for 30 minutes | 2026-11-25T10:00 | 2026-11-25T10:30
    one hour tomorrow at 10 | 2026-11-25T10:00 | *
    every Monday at ten | 2026-11-30T10:00 | *
    Mondays at ten | 2026-11-30T10:00 | *
    the next day | 2026-11-25 | *
    Christmas | 2026-12-25 | *
    Christmas Day | 2026-12-25 | *
    over Christmas | 2026-12-25 | *
    Thanksgiving | 2026-11-26 | *
    on New Year's | 2027-01-01 | *
    Easter Sunday | 2027-03-28 | *
    Halloween | 2027-10-31 | *
    the fourth of July | 2027-07-04 | *
    Labor Day | 2027-09-06 | *
    Memorial Day | 2027-05-31 | *
    Mother's Day | 2027-05-09 | *
    Ash Wednesday | 2027-02-10 | *
"""

NO_TIME = """
    my zip code is 10115; my number is 555 1234; my name is April; this is May speaking; Mr.
    March; I am 42 years old; it takes twenty minutes; it costs 14.50; it costs ten dollars;
    two people; for two; a table for four; party of six; I have two kids; one moment; just a
    second; give me a sec; the second one; the first one please; one of them; so far so
    good; the sun is out; you may come; may I ask something; I may be late; march on; mar my
    face; room 12; house number 14; number seven; on the third floor; bus line 5; size ten;
    five stars; ten percent off; thank you so much; no problem; have a nice day; have a good
    weekend; good night; good morning; see you then; see you later; talk to you soon; last
    but not least; day care; week spot; a once in a lifetime thing; it is number one;
    chapter 3; 0176 12345678; five five five one two three four; unit 3 main street 5; I'd
    like it to be 5 dollars; code 1430; pin 1204; my id is 12345; one to one; to be fair;
    twenty twenty vision; half of it; quarter pounder; a bit later; the 7 is my lucky number
"""


def lines() -> list[tuple[str, str, str]]:
    found = []
    for line in SAID.strip().splitlines():
        text, start, end = (part.strip() for part in line.split("|"))
        found.append((text, start, end))
    return found


def at(value: str) -> dt.datetime | None:
    return None if value == "-" else dt.datetime.fromisoformat(value)


@pytest.mark.parametrize(("text", "start", "end"), lines())
def test_a_span_begins_and_ends_where_it_was_said_to(text: str, start: str, end: str) -> None:
    found = read_time(text, now=NOW, zone="Europe/Berlin", lang="en")
    assert found is not None
    if start != "*":
        assert found.start == at(start)
    if end != "*":
        assert (None if found.kind == "instant" else found.end) == at(end)


@pytest.mark.parametrize("text", [" ".join(t.split()) for t in NO_TIME.split(";")])
def test_where_no_time_is_said_none_is_read(text: str) -> None:
    assert read_time(text, now=NOW, zone="Europe/Berlin", lang="en") is None
