"""What is counted. Labels are codes and route templates only: never ids, never numbers.

But a connection's id, where each stands for itself: it names a company's account, no person.
"""

from prometheus_client import Counter, Gauge, Histogram

# Callers wait for some of these: the steps lie close where a pause begins to be heard.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)

HTTP_REQUESTS = Counter(
    "askproai_http_requests_total", "Answered requests.", ["method", "route", "status"]
)
HTTP_SECONDS = Histogram(
    "askproai_http_request_seconds", "Time to the answer.", ["method", "route"], buckets=_SECONDS
)
FUNCTION_SECONDS = Histogram(
    "askproai_function_seconds",
    "Time to the answer of a function that a running call asked, by what it came to.",
    ["function", "status"],
    buckets=_SECONDS,
)
WEBHOOKS = Counter(
    "askproai_webhooks_total",
    "Deliveries by source, kind of event and what became of them.",
    ["source", "kind", "outcome"],
)
SIGNATURE_FAILURES = Counter(
    "askproai_signature_failures_total", "Refused signatures.", ["source", "reason"]
)
CALLS_SETTLED = Counter("askproai_calls_settled_total", "Settled calls.", ["outcome"])
BOOKINGS = Counter(
    "askproai_bookings_total", "Wishes for an appointment by what became of them.", ["result"]
)
HOLDS = Counter("askproai_holds_total", "Tries to hold a slot.", ["result"])
CALCOM_REQUESTS = Counter(
    "askproai_calcom_requests_total",
    "Requests to Cal.com by operation and class of answer.",
    ["operation", "answer"],
)
CALCOM_SECONDS = Histogram(
    "askproai_calcom_request_seconds", "Time Cal.com took.", ["operation"], buckets=_SECONDS
)
CALDAV_REQUESTS = Counter(
    "askproai_caldav_requests_total",
    "Steps at a CalDAV server by operation and class of answer.",
    ["operation", "answer"],
)
CALDAV_SECONDS = Histogram(
    "askproai_caldav_request_seconds",
    "Time a step at a CalDAV server took, with all its requests.",
    ["operation"],
    buckets=_SECONDS,
)
CALCOM_BREAKER = Gauge(
    "askproai_calcom_breaker_state",
    "0 closed, 1 half open, 2 open; of a connection that this process uses.",
    ["connection"],
)
CALDAV_BREAKER = Gauge(
    "askproai_caldav_breaker_state",
    "0 closed, 1 half open, 2 open; of a CalDAV connection that this process uses.",
    ["connection"],
)
CALCOM_REQUESTS_LEFT = Gauge(
    "askproai_calcom_requests_left",
    "What a call could still have sent within its minute, after the last request.",
    ["connection"],
)
FREE_TIMES = Counter(
    "askproai_free_times_total",
    "Looks into the kept free times: fresh, stale, or why there were none.",
    ["found"],
)
CALCOM_UNKNOWN_MESSAGES = Counter(
    "askproai_calcom_unknown_messages_total",
    "Refusals of Cal.com whose text stands in no table of ours; the text is in the log.",
    ["operation", "status"],
)
UNCLEAR_ANSWERS = Counter(
    "askproai_unclear_answers_total",
    "Requests sent whose outcome had to be looked up.",
    ["vendor", "operation"],
)
NOTIFICATIONS = Counter(
    "askproai_notifications_total",
    "Messages to people.",
    ["kind", "audience", "channel", "result"],
)
