"""Contexts of running calls: a salon with two branches in Berlin; names and offers are made up."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.asking.model import Context
from domain.ids import seeded_id
from domain.intent import Catalogue, Utterance
from domain.intent.model import Branch, Language, ServiceItem, StaffMember

BERLIN = ZoneInfo("Europe/Berlin")
MITTE, CHARLOTTENBURG = (seeded_id("branch", name) for name in ("mitte", "charlottenburg"))
MEN, WOMEN, CHILD, COLOUR, BEARD, BALAYAGE = (
    seeded_id("service", name) for name in ("men", "women", "child", "colour", "beard", "balayage")
)
MEHMET, JANA, SOPHIE, ANKE, MUELLER_A, MUELLER_B = (
    seeded_id("staff", name)
    for name in ("mehmet", "jana", "sophie", "anke", "mueller_a", "mueller_b")
)
# All calls are held on Saturday 21 November 2026 at 15:03 in Berlin, unless a test says otherwise.
SAID = "2026-11-21T15:03"


def _service(
    service_id: UUID, name: str, *aliases: str, at: Sequence[UUID] = (MITTE, CHARLOTTENBURG)
) -> ServiceItem:
    return ServiceItem(
        id=str(service_id), name=name, aliases=aliases, branch_ids=tuple(map(str, at))
    )


def _person(staff_id: UUID, name: str, called: str, *aliases: str, at: UUID) -> StaffMember:
    return StaffMember(
        id=str(staff_id),
        name=name,
        display_name=called,
        aliases=aliases,
        branch_ids=(str(at),),
    )


def make_salon() -> Catalogue:
    cuts = tuple(str(service_id) for service_id in (MEN, WOMEN, CHILD))
    return Catalogue(
        branches=(
            Branch(
                id=str(MITTE),
                name="Mitte",
                spoken_names=("Mitte", "Filiale Mitte"),
                city="Berlin",
                bundesland="BE",
                postal_code="10115",
            ),
            Branch(
                id=str(CHARLOTTENBURG),
                name="Charlottenburg",
                spoken_names=("Charlottenburg", "Scharlottenburg"),
                district="Westend",
                city="Berlin",
                bundesland="BE",
                postal_code="10585",
            ),
        ),
        services=(
            _service(MEN, "Herrenhaarschnitt", "Herrenschnitt", "men's haircut"),
            _service(WOMEN, "Damenhaarschnitt", "Damenschnitt", "women's haircut"),
            _service(CHILD, "Kinderhaarschnitt", "Haarschnitt für meinen Sohn"),
            _service(COLOUR, "Färben und Schneiden", "Färben"),
            _service(BEARD, "Bart trimmen", "Bart", "beard trim"),
            _service(BALAYAGE, "Balayage", at=(MITTE,)),
        ),
        staff=(
            _person(MEHMET, "Mehmet Aslanoglu", "Mehmet", "Herr Aslanoglu", at=MITTE),
            _person(JANA, "Jana Petersen", "Jana", "Frau Petersen", "Yana", at=MITTE),
            _person(SOPHIE, "Sophie Langer", "Sophie", "Frau Langer", at=MITTE),
            _person(ANKE, "Anke Vogt", "Anke", "Frau Vogt", at=CHARLOTTENBURG),
            _person(MUELLER_A, "Ina Müller", "Ina", "Frau Müller", at=MITTE),
            _person(MUELLER_B, "Eva Müller", "Eva", "Frau Müller", at=MITTE),
        ),
        generic_terms={"Haarschnitt": cuts, "Schneiden": cuts[:2], "haircut": cuts[:2]},
        company_names=("Salon Haarwerk",),
    )


def make_context(
    *,
    said: str = SAID,
    now: str | None = None,
    branch_id: UUID | None = MITTE,
    language: Language = "de",
    heard: Sequence[str] = (),
) -> Context:
    """`said`, `now`: wall times of Berlin. `heard`: what the caller has said so far."""
    said_at = datetime.fromisoformat(said).replace(tzinfo=BERLIN)
    return Context(
        said_at=said_at,
        now=datetime.fromisoformat(now).replace(tzinfo=BERLIN) if now else said_at,
        zone="Europe/Berlin",
        catalogue=make_salon(),
        branch_id=branch_id,
        language=language,
        transcript=tuple(Utterance(role="user", text=text) for text in heard),
    )
