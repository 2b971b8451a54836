"""Which services, people and branches the words of an argument name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from rapidfuzz import fuzz

from domain.asking.model import Context, ServicesMeant, StaffMeant
from domain.intent import mentions
from domain.intent.choices import _ANYONE, _HARD
from domain.intent.mentions import Mention
from domain.intent.model import ServiceItem, StaffMember
from domain.intent.text import fold

MAX_OPTIONS = 5
_NEAR = 60  # rapidfuzz ratio from which a name is worth asking about: "Meinen Sie …?"

Item = TypeVar("Item", ServiceItem, StaffMember)


def at_branch(items: Iterable[Item], branch_id: UUID | None) -> list[Item]:
    """Those of the branch; an item that names no branch is at all of them."""
    here = str(branch_id)
    return [i for i in items if branch_id is None or not i.branch_ids or here in i.branch_ids]


def _branches_of(items: Iterable[Item], ids: Iterable[str]) -> tuple[UUID, ...]:
    wanted = set(ids)
    found = (UUID(b) for item in items if item.id in wanted for b in item.branch_ids)
    return tuple(dict.fromkeys(found))


def _names_of(item: ServiceItem | StaffMember) -> tuple[str, ...]:
    if isinstance(item, StaffMember):
        return (item.name, item.display_name, *item.aliases)
    return (item.name, *item.aliases)


def _sharing(items: Sequence[Item], mention: Mention) -> tuple[str, ...]:
    """All that are called so; the book of names keeps only the first."""
    if not mention.exact or len(mention.ids) > 1:
        return mention.ids
    called = mention.words.split()
    found = [i.id for i in items if any(mentions.split(n) == called for n in _names_of(i))]
    return tuple(found) or mention.ids


def _nearest(items: Iterable[Item], words: str) -> tuple[str, ...]:
    """Whose names are somewhat like the words, the likest first."""
    said = " ".join(_content(mentions.split(words)))
    ranked = [
        (max(fuzz.ratio(said, fold(name)) for name in _names_of(item)), item.id) for item in items
    ]
    near = sorted((pair for pair in ranked if pair[0] >= _NEAR), key=lambda pair: -pair[0])
    return tuple(item_id for _, item_id in near[:MAX_OPTIONS])


# --- services -------------------------------------------------------------------------------------

_JOINTS = frozenset(("und", "and", "plus", "sowie", "dazu", "danach", ",", "+", "&", "/"))
_FILLERS = frozenset(
    mentions.split(
        "ich wir möchte möchten will würde würden hätte gern gerne bitte einen eine ein einmal "
        "zweimal termin für zum zur zu den die das der mit ohne noch dann also mal nur kurz bei "
        "auch oder am im meinen meine mein sohn tochter mann frau herr uns mich personen person "
        "leute einfach ganz normal normale normalen was anderes irgendwas i we would like please "
        "a an the for to get my appointment some just also with or then people persons me us "
        "something"
    )
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[,+&/]")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words of a phrase: a mention, or what stands between mentions. `apart`: joined to nothing
    beside it but by "und" or a comma.
    """

    ids: tuple[str, ...]
    words: tuple[str, ...]
    apart: bool = True


def services_meant(
    phrases: Sequence[str], context: Context, branch_id: UUID | None
) -> ServicesMeant:
    """In the order they were said, as far as the branch offers them."""
    services = context.catalogue.services
    here = {service.id for service in at_branch(services, branch_id)}
    ids: list[str] = []
    options: list[str] = []
    gone: list[str] = []
    unknown: list[str] = []
    for phrase in phrases:
        for piece in _said(phrase, context):
            offered = tuple(i for i in piece.ids if i in here)
            if len(offered) == 1:
                ids.append(offered[0])
            elif offered:
                options += offered
            else:
                gone += piece.ids
                unknown.append(_as_said(piece.words, phrase))
    if unknown and not ids and not options:
        near = [s for s in services if s.id in here]
        options = [*_nearest(near, phrases[0])]
        unknown = [phrases[0]]
    return ServicesMeant(
        ids=tuple(UUID(i) for i in ids),
        options=tuple(UUID(i) for i in dict.fromkeys(options) if i not in ids),
        unknown=unknown[0] if unknown else None,
        elsewhere=_branches_of(services, gone),
    )


def _said(phrase: str, context: Context) -> list[_Piece]:
    """What is named, each once, and what stands apart and names nothing known."""
    services = context.catalogue.services
    turned = _in_other_order(services, phrase)
    if turned:
        return [_Piece(turned, tuple(mentions.split(phrase)))]
    pieces = _pieces(phrase, context)
    named = [item_id for piece in pieces for item_id in piece.ids]
    explained = {
        w for s in services if s.id in named for n in _names_of(s) for w in mentions.split(n)
    }
    loose = [w for piece in pieces if not piece.ids for w in _content(piece.words)]
    found: dict[tuple[str, ...], _Piece] = {}
    for piece in pieces:
        content = _content(piece.words)
        if piece.ids:
            narrowed = _narrowed(services, piece.ids, loose)
            found.setdefault(narrowed, _Piece(narrowed, piece.words))
        elif content and (not named or (piece.apart and not explained.issuperset(content))):
            partly = tuple(s.id for s in services if _has_words(s, content))
            found.setdefault(partly or content, _Piece(partly, piece.words))
    # A generic word beside the service it stands for: "Haarschnitt, also ein Herrenhaarschnitt".
    sure = {ids[0] for ids in found if len(ids) == 1}
    return [p for ids, p in found.items() if len(ids) < 2 or not sure & set(ids)]  # noqa: PLR2004


def _in_other_order(services: Iterable[ServiceItem], phrase: str) -> tuple[str, ...]:
    """`Schneiden und Färben` is the one service "Färben und Schneiden"."""
    said = set(_content(mentions.split(phrase)))
    if len(said) < 2:  # noqa: PLR2004 - one word has no order
        return ()
    return tuple(
        s.id
        for s in services
        if any(said == set(_content(mentions.split(n))) for n in _names_of(s))
    )


def _as_said(words: tuple[str, ...], phrase: str) -> str:
    """With its capitals and umlauts, for a voice to say it right."""
    spelled = {fold(word): word for word in re.findall(r"[^\W_]+(?:'[^\W_]+)?", phrase)}
    return " ".join(spelled.get(word, word) for word in words)


def _pieces(phrase: str, context: Context) -> list[_Piece]:
    catalogue = context.catalogue
    words = mentions.split(phrase)
    found = mentions.find(mentions.book(catalogue).services, phrase)
    joints = _joints(phrase, words)
    pieces: list[_Piece] = []
    at = 0
    for mention in found:
        pieces += _between(words, at, mention.start, joints)
        if not mentions.negated(words, mention.start, at):
            said = tuple(words[mention.start : mention.end])
            pieces.append(_Piece(_sharing(catalogue.services, mention), said))
        at = mention.end
    return [*pieces, *_between(words, at, len(words), joints)]


def _joints(phrase: str, words: list[str]) -> set[int]:
    """Places in the words, from 0 to their number, at which a new thing begins."""
    places, at = {0, len(words)}, 0
    for word in _WORD.findall(fold(phrase)):
        if word in _JOINTS:
            places.add(at)
        if at < len(words) and word == words[at]:
            at += 1
            if word in _JOINTS:
                places.add(at)
    return places


def _between(words: list[str], start: int, end: int, joints: set[int]) -> list[_Piece]:
    cuts = sorted({start, end, *(at for at in joints if start < at < end)})
    return [
        _Piece((), tuple(words[low:high]), apart=low in joints and high in joints)
        for low, high in pairwise(cuts)
    ]


def _content(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(w for w in words if w not in _FILLERS and w not in _JOINTS)


def _has_words(service: ServiceItem, words: Iterable[str]) -> bool:
    names = [set(mentions.split(name)) for name in _names_of(service)]
    return any(all(word in name for word in words) for name in names)


def _narrowed(
    services: Iterable[ServiceItem], ids: tuple[str, ...], loose: list[str]
) -> tuple[str, ...]:
    """`Haarschnitt, Herren`: of several cuts the one whose name begins with another word said."""
    if len(ids) == 1:
        return ids
    fitting = [
        service.id
        for service in services
        if service.id in ids
        and any(part.startswith(word) for word in loose for part in mentions.split(service.name))
    ]
    return tuple(fitting) if len(fitting) == 1 else ids


# --- staff ----------------------------------------------------------------------------------------

_WHOEVER = re.compile(
    r"\b(egal|irgendwer|irgendjemand\w*|irgendwem|jede[rm]?|beliebig\w*|keine praferenz|"
    r"kein(en)? wunsch|wer (gerade )?frei ist|any|anybody|whoever|no matter|don't mind)\b"
)
_NOBODY_ELSE = re.compile(
    r"\b(niemand (anders|anderes)|kein(e|en|em)? ander\w*|nobody else|no one else|insist\w*)\b"
)


_BEFORE_NAME = re.compile(
    r"^((nur|unbedingt|gerne?|am liebsten|bitte|bei|beim|mit|zu|zum|zur|von|der|die|dem|"
    r"only|with)\s+)+",
    re.IGNORECASE,
)


def staff_meant(words: str | None, context: Context, branch_id: UUID | None) -> StaffMeant:
    """A name is a soft wish: it is hard only where the caller said so, in the argument's words or
    beside that name in the conversation ("nur", "unbedingt", "only").
    """
    if words is None:
        return StaffMeant()
    staff = context.catalogue.staff
    named, denied = _people_in(words, context)
    excluded = tuple(UUID(i) for ids in denied for i in ids)
    whoever = _WHOEVER.search(fold(words)) or _ANYONE.search(fold(words))
    if not named:
        if whoever or denied:
            return StaffMeant(excluded=excluded)
        near = _nearest(at_branch(staff, branch_id), words)
        return StaffMeant(unknown=_BEFORE_NAME.sub("", words), options=tuple(map(UUID, near)))
    here = {person.id for person in at_branch(staff, branch_id)}
    offered = [i for i in named[0] if i in here]
    if not offered:
        name = next((person.display_name for person in staff if person.id in named[0]), words)
        return StaffMeant(unknown=name, elsewhere=_branches_of(staff, named[0]), excluded=excluded)
    if len(offered) > 1:
        return StaffMeant(options=tuple(map(UUID, offered)), excluded=excluded)
    hard = not whoever and (_is_hard(words) or _was_hard(offered[0], context))
    return StaffMeant(staff_id=UUID(offered[0]), hard=hard, excluded=excluded)


def _people_in(words: str, context: Context) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Who is named, and who is not wanted."""
    split = mentions.split(words)
    named: list[tuple[str, ...]] = []
    denied: list[tuple[str, ...]] = []
    since = 0
    for mention in mentions.find(mentions.book(context.catalogue).staff, words):
        away = mentions.negated(split, mention.start, since)
        (denied if away else named).append(_sharing(context.catalogue.staff, mention))
        since = mention.end
    return named, denied


def _is_hard(words: str) -> bool:
    said = fold(words)
    return _HARD.search(said) is not None or _NOBODY_ELSE.search(said) is not None


def _was_hard(staff_id: str, context: Context) -> bool:
    """Agents hand on the name and leave the "nur" behind."""
    return any(
        staff_id in ids
        for turn in context.transcript
        if turn.role == "user" and _is_hard(turn.text)
        for ids in _people_in(turn.text, context)[0]
    )
