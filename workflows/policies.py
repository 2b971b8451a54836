"""Every time limit and retry policy of the workflows, named by intent, each with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy

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

# The client itself stops after 10 s; the rest is for a worker that was killed: so long it takes
# until another one tries.
CALENDAR_TRY = timedelta(seconds=15)
# An unclear answer is looked up at 1, 3, 7 and 15 s (contract 2.4: a late commit shows within
# about ten) and then asked anew. "Down" lasts from seconds to hours; a minute between tries spends
# half a per cent of the 120 requests a minute. No count: the slot's own start is the deadline.
CALENDAR_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
)
# A wish for "in ten minutes" still gets a fair chance when the clock is against it.
CALENDAR_LEAST = timedelta(seconds=30)
# A cancelled appointment must leave Cal.com however long that is away; after a day it is drift,
# and the comparison of both calendars takes over.
CALENDAR_CANCEL_LIMIT = timedelta(days=1)
# Cal.com refuses one member of staff after another at most so often before we stop asking.
STAFF_TRIES = 8

# --- mail -------------------------------------------------------------------------------------

NOTICE_TRY = timedelta(seconds=30)
NOTICE_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=5),
)
# A confirmation that comes a day late confuses more than it helps; it is then kept as undelivered.
NOTICE_LIMIT = timedelta(days=1)

# --- changes asked of another workflow --------------------------------------------------------

CHANGE_TRY = timedelta(minutes=2)
CHANGE_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
)
CHANGE_LIMIT = timedelta(hours=1)

# --- a tenant's language model ----------------------------------------------------------------

# The client itself stops after the tenant's limit, 9 s at most; the rest is for what is stored.
MODEL_TRY = timedelta(seconds=10)
MODEL_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_attempts=2)
# A witness that may be missing: after so long the call is settled without it, worker gone or not.
MODEL_LIMIT = timedelta(seconds=21)

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
