"""Steps of messages and of an appointment's life that answer from a script."""

from temporalio import activity
from typing_extensions import override

from contracts.appointments import (
    Notified,
    NotifyAppointment,
    NotifyCall,
    NotifySteps,
    SendCode,
)
from contracts.life import (
    CalendarFollowed,
    FollowCalendar,
    LifePlanned,
    LifeSteps,
    MarkMissed,
    MissedMarked,
    PlanLife,
)
from tests.workflows.script import Script


class ScriptedNotify(NotifySteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="notify.appointment")
    @override
    async def appointment(self, request: NotifyAppointment) -> Notified:
        otherwise = Notified(outcome="sent")
        name = "notify.appointment"
        answer: Notified = await self.script.take_in_time(name, request, otherwise)
        return answer

    @activity.defn(name="notify.call")
    @override
    async def call(self, request: NotifyCall) -> Notified:
        answer: Notified = self.script.take("notify.call", request, Notified(outcome="sent"))
        return answer

    @activity.defn(name="notify.code")
    @override
    async def code(self, request: SendCode) -> Notified:
        answer: Notified = self.script.take("notify.code", request, Notified(outcome="sent"))
        return answer


class ScriptedLife(LifeSteps):
    """Without a script nothing is due, nobody gets texts, and nothing reported is followed."""

    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="life.plan")
    @override
    async def plan(self, request: PlanLife) -> LifePlanned:
        answer: LifePlanned = self.script.take("life.plan", request, LifePlanned())
        return answer

    @activity.defn(name="life.follow_calendar")
    @override
    async def follow_calendar(self, request: FollowCalendar) -> CalendarFollowed:
        otherwise = CalendarFollowed(outcome="ignored")
        answer: CalendarFollowed = self.script.take("life.follow_calendar", request, otherwise)
        return answer

    @activity.defn(name="life.mark_missed")
    @override
    async def mark_missed(self, request: MarkMissed) -> MissedMarked:
        otherwise = MissedMarked(follow_up=True)
        answer: MissedMarked = self.script.take("life.mark_missed", request, otherwise)
        return answer
