"""Event types and their hosts as Cal.com has them, beside those that are mapped here."""

from collections import Counter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from contracts.sync import MappingRead
from db.queries import catalogue, connections, sync
from db.queries.connections import EventTypeRecord
from db.queries.sync import MappingStatus, ProposalRecord
from db.session import tenant_session
from domain.mapping import MappedTo, Named, propose
from integrations.calcom.client import CalcomClient
from integrations.calcom.schemas import EventType

TEAMS_MAX = 50


async def read_mapping(
    engine: AsyncEngine, client: CalcomClient, company_id: UUID, connection_id: UUID
) -> MappingRead:
    """Raises `CalcomError`. Proposes only: what a person has mapped is never changed."""
    found = {one.id: one for one in await client.event_types()}
    for team in (await client.teams())[:TEAMS_MAX]:
        found |= {one.id: one for one in await client.team_event_types(team.id)}
    async with tenant_session(engine, company_id) as session:
        mapped = {
            one.calcom_event_type_id: one
            for one in await connections.list_event_types(session)
            if one.connection_id == connection_id
        }
    # Of colleagues' own types a member's key sees none in the list, and each by its number.
    for number in mapped.keys() - found.keys():
        one = await client.event_type(number)
        if one is not None:
            found[number] = one
    async with tenant_session(engine, company_id) as session:
        proposals = await _proposals(session, found, mapped)
        await sync.keep_proposals(session, connection_id, proposals)
    return MappingRead.model_validate(Counter(proposal.status for proposal in proposals))


async def _proposals(
    session: AsyncSession, found: dict[int, EventType], mapped: dict[int, EventTypeRecord]
) -> list[ProposalRecord]:
    staff = [
        Named(id=one.id, names=(one.name, one.display_name, *one.aliases))
        for one in await catalogue.list_staff(session)
    ]
    branches = [
        Named(id=one.id, names=(one.name, *one.spoken_names))
        for one in await catalogue.list_branches(session)
    ]
    services = [
        Named(id=one.id, names=(one.name, *one.aliases))
        for one in await catalogue.list_services(session)
    ]
    proposals = [
        ProposalRecord(event_type_id=number, title="", status="gone", to=_mapped_to(record))
        for number, record in mapped.items()
        if number not in found
    ]
    for number, one in found.items():
        if one.is_managed_parent:
            continue
        if number in mapped:
            to = _mapped_to(mapped[number])
            proposals.append(
                ProposalRecord(event_type_id=number, title=one.title, status="mapped", to=to)
            )
            continue
        to = propose(one.title, _hosts(one), staff=staff, branches=branches, services=services)
        status: MappingStatus = "proposed" if to.staff_id is not None else "unmatched"
        proposals.append(
            ProposalRecord(event_type_id=number, title=one.title, status=status, to=to)
        )
    return proposals


def _mapped_to(record: EventTypeRecord) -> MappedTo:
    return MappedTo(staff_id=record.staff_id, branch_id=record.branch_id, score=100)


def _hosts(event_type: EventType) -> list[str]:
    names = [host.name for host in event_type.hosts] or [user.name for user in event_type.users]
    return [name for name in names if name]
