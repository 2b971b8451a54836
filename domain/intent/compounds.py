"""Words of time within the names of things: "night cream", "Ruby Tuesday", "Tag und Nacht".

What stands here is taken out of the way before anything is read as a time. Closed lists, because a
stranger behind a part of the day is as often what is to be booked then: "a morning haircut".
"""

from itertools import pairwise
from typing import Any

from domain.intent import idioms_de, idioms_en
from domain.intent.grammar import Node

# A part of the day or a weekday, and the words behind it that make a thing of both.
BEHIND = {
    "morning": "sickness person people star dew glory glories coat breath",
    "night": "owl owls cream creams shift shifts nurse nurses guard guards splint splints sweats "
    "light lights market markets club clubs school stand mode vision blindness bus train terror "
    "terrors serum mask person people life lamp watchman porter out sky manager",
    "evening": "gown gowns dress dresses primrose wear bag star news",
    "afternoon": "tea teas nap naps",
    "breakfast": "cereal cereals buffet bar club menu room tray",
    "lunch": "box boxes break breaks menu bag lady special money hour",
    "dinner": "party parties table jacket jackets plate plates menu lady dance service",
    "midnight": "blue snack snacks mass sun oil",
    "midday": "sun heat",
    "wednesday": "addams",
    "sunday": "school roast best driver paper papers league",
    "monday": "blues",
    "weekend": "bag bags getaway warrior",
    "day": "care cream creams spa spas trip trips job jobs off centre center dream dreams nursery",
}
# The same with the word that makes a name of them in front.
BEFORE = {
    "night": "girls' girls date movie film quiz hen stag wedding game poker ladies' ladies parents "
    "curry opening good bad rough terrible awful sleepless restless long",
    "day": "good big wedding sports",
    "tuesday": "ruby taco",
    "friday": "casual freaky girl man dress-down",
    "monday": "manic blue",
    "sunday": "bloody",
    "saturday": "small",
}
_IDIOMS_EN = (
    "day and night", "night and day", "morning , noon and night", "morning noon and night",
    "night after|by night", "day after|by|in day", "a? good night 's|s sleep|rest",
    "a? night's|nights sleep|rest", "bed and breakfast", "one night stand|stands",
    "late night snack|snacks|show|tv|shopping", "one|some of these days",
    "five o'clock shadow",
    "NUM by NUM", "the other day",
    "morning - after pill?", "morning after pill",
)  # fmt: skip
_IDIOMS_DE = (
    "tag und|fur|um tag|nacht", "nacht und|fur|um tag|nacht", "von tag zu tag",
    "morgens , mittags und|, abends", "morgens und abends", "morgens mittags und? abends",
    "rund um die uhr",
    "funf - uhr - schatten",
)  # fmt: skip


def _skip(*_: object) -> dict[str, Any]:
    return {"SKIP": True}


early_en, early_de = idioms_en.early, idioms_de.early
for _idiom in _IDIOMS_EN:
    early_en.rule("SKIP", _idiom, ex=())(_skip)
for _idiom in _IDIOMS_DE:
    early_de.rule("SKIP", _idiom, ex=())(_skip)

_PAIRS = frozenset(
    [(word, tail) for word, tails in BEHIND.items() for tail in tails.split()]
    + [(head, word) for word, heads in BEFORE.items() for head in heads.split()]
)


def dissolve(found: list[Node]) -> None:
    """Take the meaning of time from the words of compounds, and from a number that counts them."""
    words = [node for node in found if node.word != "'"]
    for n, (first, second) in enumerate(pairwise(words)):
        if (first.word, second.word) not in _PAIRS:
            continue
        before = words[n - 1] if n else None
        if before is not None and "NUM" in before.cats and second.word.endswith("s"):
            before.cats = {}
        for node in (first, second):
            node.word, node.cats = "", {"NOUN": True}
