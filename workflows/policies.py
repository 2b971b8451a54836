"""Every time limit and retry policy of the workflows, named by intent, each with its reason."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.common import RetryPolicy

from contracts.names import TaskQueue


@dataclass(frozen=True, kw_only=True)
class Remote:
    """How a regular step is taken: where, how long each try and all of them, how it is repeated."""

    queue: TaskQueue
    each_try: timedelta
    in_all: timedelta
    retry: RetryPolicy


# --- local steps: our own PostgreSQL and CPU --------------------------------------------------

# A running local step blocks the workflow's updates (measured: 5 s), so each try is cut short;
# 5 s is the migrations' statement_timeout, after which PostgreSQL itself gives up.
LOCAL_TRY = timedelta(seconds=5)
# PostgreSQL away: nothing else can be done, so try until it is back. Waits longer than
# LOCAL_WAIT become durable timers of the server and no longer hold the workflow task.
LOCAL_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=50),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=10),
)
LOCAL_WAIT = timedelta(seconds=2)

# --- Cal.com ----------------------------------------------------------------------------------

CALENDAR = Remote(
    queue=TaskQueue.INTEGRATIONS,
    # The client itself stops after 10 s; the rest is for a worker that was killed: so long it
    # takes until another one tries.
    each_try=timedelta(seconds=15),
    # A cancelled appointment must leave Cal.com however long that is away; after a day it is
    # drift, and the comparison of both calendars takes over. A booking has its slot instead.
    in_all=timedelta(days=1),
    # An unclear answer is looked up at 1, 3, 7 and 15 s (contract 2.4: a late commit shows within
    # about ten) and then asked anew. "Down" lasts from seconds to hours; a minute between tries
    # spends half a per cent of the 120 requests a minute. No count: time is the limit.
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=1),
    ),
)
# What happened in Cal.com without us. Nobody waits for it on the phone, and its requests are the
# first to be sent away when the minute is used up; an event that nobody could look up for a day is
# drift, which comparing both calendars finds.
CALENDAR_EVENT = Remote(
    queue=TaskQueue.INTEGRATIONS,
    # A background request may take 30 s, and a chain of moved bookings several of them.
    each_try=timedelta(seconds=45),
    in_all=timedelta(days=1),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=2),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=2),
    ),
)
# A wish for "in ten minutes" still gets a fair chance when the clock is against it.
CALENDAR_LEAST = timedelta(seconds=30)
# Cal.com refuses one member of staff after another at most so often before we stop asking.
STAFF_TRIES = 8

# --- mail -------------------------------------------------------------------------------------

NOTICE = Remote(
    queue=TaskQueue.NOTIFY,
    each_try=timedelta(seconds=30),
    # A confirmation that comes a day late confuses more than it helps; it is then kept as
    # undelivered.
    in_all=timedelta(days=1),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=2),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=5),
    ),
)

# A reminder is not tried any more when so little is left until the start.
REMINDER_LEAST = timedelta(minutes=1)

# --- changes asked of another workflow --------------------------------------------------------

CHANGE = Remote(
    # Not the queue of Cal.com: a change waits for the other workflow's steps there, and enough
    # waiting ones would leave those no hands.
    queue=TaskQueue.CALLS,
    each_try=timedelta(minutes=2),
    in_all=timedelta(hours=1),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=30),
    ),
)

# --- a tenant's language model ----------------------------------------------------------------

MODEL = Remote(
    queue=TaskQueue.INTEGRATIONS,
    # The client itself stops after the tenant's limit, 9 s at most; the rest is for what is stored.
    each_try=timedelta(seconds=10),
    # A witness that may be missing: after so long the call is settled without it.
    in_all=timedelta(seconds=21),
    retry=RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_attempts=2),
)

# --- free times, while a call runs ---

FREE_TIMES = Remote(
    queue=TaskQueue.INTEGRATIONS,
    # The step gives up after 3.5 s by itself.
    each_try=timedelta(seconds=5),
    # Our own data answer in its place; a second try would come too late for this question.
    in_all=timedelta(seconds=6),
    retry=RetryPolicy(maximum_attempts=1),
)

# --- Retell, while a call runs ---

LIVE = Remote(
    queue=TaskQueue.INTEGRATIONS,
    # The client itself stops after 3 s.
    each_try=timedelta(seconds=5),
    # Said twice is worse than not said: the message that follows says it as well.
    in_all=timedelta(seconds=10),
    retry=RetryPolicy(maximum_attempts=1),
)

# --- both calendars kept the same ---

SYNC = Remote(
    queue=TaskQueue.INTEGRATIONS,
    # A few pages, each up to the client's 30 s for background work; looked up one by one: more.
    each_try=timedelta(minutes=3),
    # The schedule comes again in two minutes and goes on; a full minute at Cal.com is waited out.
    in_all=timedelta(minutes=5),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=5),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=30),
    ),
)

# --- free times before anybody asks ---

WARM = Remote(
    queue=TaskQueue.INTEGRATIONS,
    # Some thirty requests one after the other; the other calendars' steps do not wait for them.
    each_try=timedelta(minutes=1),
    in_all=timedelta(minutes=2),
    # The run that comes two minutes later goes on where this one stopped.
    retry=RetryPolicy(maximum_attempts=1),
)

# --- upkeep -----------------------------------------------------------------------------------

# A batch of 200 signals takes seconds; with the engine half away each may take its 5 s limit.
SWEEP_TRY = timedelta(minutes=2)
# The schedule itself is the retry: the next sweep finds what this one left.
SWEEP_RETRY = RetryPolicy(maximum_attempts=2)

# --- waits ------------------------------------------------------------------------------------

# A refused update-with-start leaves a workflow without any event; it ends by itself.
IDLE_LIMIT = timedelta(minutes=10)
# Until an appointment that a call has started says its first word; only a stopped worker is slower.
CHILD_WORD_LIMIT = timedelta(hours=1)
# Holds that the agent may still name by their id.
HOLDS_REMEMBERED = 10
