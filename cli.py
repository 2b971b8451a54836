"""The command `askproai`: starts the system, runs its parts, and asks it questions."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from contracts.names import TaskQueue
from settings import Settings
from stack.errors import StackError

app = typer.Typer(
    name="askproai",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,  # they would show keys
    help="""A phone call becomes a booked, confirmed appointment.

    Begin with **askproai demo**: it starts everything on this machine, lets callers phone in
    and shows what came of each call. **askproai up** starts the same and leaves the calling to you.
    **askproai doctor** tells what is missing on this machine, and how to get it.
    """,
    epilog="Settings are read from ASKPROAI_* variables and from .env; see settings.py.",
)
console = Console()
errors = Console(stderr=True)

DataDir = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Folder that everything is kept in.")
]
DEFAULT_DATA = Path(".askproai")


@app.command(rich_help_panel="The whole system")
def up(
    data: DataDir = DEFAULT_DATA,
    port_base: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1024, max=65_000, help="Ports N, N+1, …; taken ones are stepped round."
        ),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when all is ready; it runs on.")
    ] = False,
    brief: Annotated[
        bool, typer.Option("--brief", hidden=True, help="Without the summary, for --detach.")
    ] = False,
) -> None:
    """Start PostgreSQL, Temporal, sandbox, API and worker, and keep them alive.

    Addresses, keys and the demo companies are in DIR/stack.json once all is ready.
    Data, ports and running workflows are there again at the next **up**.
    """
    from stack import up as stack_up

    if detach:
        info = stack_up.up_detached(data, port_base, console)
        console.print(stack_up.summary(info))
        console.print(f"Running in the background; `askproai down --data {data}` stops it.")
        return
    asyncio.run(stack_up.up(data, port_base, console, brief=brief))


@app.command(rich_help_panel="The whole system")
def down(data: DataDir = DEFAULT_DATA) -> None:
    """Stop what **up** started on this folder. Data stay."""
    from stack.embedded import stop_stack
    from stack.up import progress_on

    with progress_on(console) as progress:
        stopped = stop_stack(data, progress)
    console.print(f"Stopped: {', '.join(stopped)}." if stopped else f"Nothing runs on {data}.")


@app.command(rich_help_panel="The whole system")
def demo(
    data: DataDir = DEFAULT_DATA,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="DIR", help="Write the calls' histories there."),
    ] = None,
) -> None:
    """Start everything, let fourteen callers phone in, show what came of each call.

    On a terminal the system then stays up until Ctrl-C. Elsewhere it exits 0 if every call came
    out as expected, else 1.
    """
    from sandbox.caller.demo import run_demo

    raise typer.Exit(run_demo(data, record))


@app.command(rich_help_panel="The whole system")
def doctor(data: DataDir = DEFAULT_DATA) -> None:
    """Tell what is there, what is missing, and how to get it. Exits 1 if something needed is."""
    from stack.doctor import examine, show

    findings = examine(data)
    show(findings, console)
    raise typer.Exit(int(any(finding.fatal for finding in findings)))


@app.command(rich_help_panel="Questions to a running system")
def call(
    script: Annotated[
        str | None,
        typer.Option("--script", metavar="FILE|NAME", help="Play this scenario; see --list."),
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Be the caller: type, and choose functions.")
    ] = False,
    shipped: Annotated[bool, typer.Option("--list", help="Show the shipped scenarios.")] = False,
    fault: Annotated[
        str, typer.Option(metavar="NAME", help="What goes wrong meanwhile, with --script.")
    ] = "none",
    data: DataDir = DEFAULT_DATA,
) -> None:
    """Phone in: play a scenario, or be the caller yourself.

    **--script** plays a YAML file (or a shipped scenario by its name), shows each answer with its
    time, compares what the caller was told with what the calendar holds, and exits 1 where that
    differs. **--interactive** lets you type as the caller and choose what the agent asks.
    """
    from sandbox.conversations import command

    if shipped:
        command.show_shipped(console)
    elif script is not None:
        passed = asyncio.run(command.play_script(command.stack_on(data), script, console, fault))
        raise typer.Exit(int(not passed))
    elif interactive:
        asyncio.run(command.interact(command.stack_on(data), console))
    else:
        raise StackError("Say what to do: --script FILE, --interactive or --list.")


@app.command(rich_help_panel="Questions to a running system")
def replay(
    target: Annotated[
        str, typer.Argument(metavar="CALL_ID|WORKFLOW_ID|FILE", help="Whose history.")
    ],
    data: DataDir = DEFAULT_DATA,
) -> None:
    """Replay a workflow's history against today's code; exits 1 if the code has diverged from it.

    FILE is a history as `temporal workflow show --output json` writes it; for one that is stored,
    no system needs to run.
    """
    from sandbox.replay import replay as run_replay
    from settings import get_settings

    settings = get_settings() if Path(target).is_file() else _settings(data)
    raise typer.Exit(run_replay(target, settings))


@app.command(rich_help_panel="Questions to a running system")
def verify(data: DataDir = DEFAULT_DATA) -> None:
    """Check what must always be true against database and Cal.com; print what is broken.

    One active reservation per resource and time; one Cal.com booking per confirmed appointment;
    every call settled or running; every confirmed appointment with its confirmation.
    """
    from db.verify import tell
    from verifying import verify_everything

    broken = asyncio.run(verify_everything(_settings(data)))
    raise typer.Exit(tell(broken, console.print))


@app.command(rich_help_panel="Questions to a running system")
def sync(
    what: Annotated[
        Literal["status", "now"],
        typer.Argument(help="**status** tells how it stands, **now** compares at once."),
    ] = "status",
    *,
    data: DataDir = DEFAULT_DATA,
    company: Annotated[
        str | None, typer.Option("--company", metavar="SLUG", help="This company's calendar only.")
    ] = None,
) -> None:
    """Tell how it stands with both calendars, ours and Cal.com's, or compare them now.

    By itself what has changed at Cal.com is read every two minutes and everything compared once an
    hour. **status** shows for each connection when that was, what differs, whether our webhook is
    there, and event types that nobody is mapped to yet; it exits 1 if anything is amiss.
    **now** does not wait for the clock: it shows what was read and compared, what is settled by
    itself and what became a task for people. All of it: docs/sync.md.
    """
    from syncing import show_status, sync_now

    wide = console if console.is_terminal else Console(width=200)
    act = show_status if what == "status" else sync_now
    raise typer.Exit(act(_settings(data), company, wide))


@app.command(rich_help_panel="Single parts")
def api() -> None:
    """Serve the HTTP API on ASKPROAI_API_HOST and ASKPROAI_API_PORT."""
    import uvicorn

    from settings import get_settings

    settings = get_settings()
    uvicorn.run(
        "wiring:make_api",
        factory=True,
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,  # the application's own structured logging
        access_log=False,
        # Longer than clients and proxies keep a connection (httpx 5 s, balancers 60): who closes
        # first while the other sends loses a request.
        timeout_keep_alive=75,
        # Behind a proxy that sets them; who may is decided by FORWARDED_ALLOW_IPS.
        proxy_headers=True,
    )


@app.command(rich_help_panel="Single parts")
def worker(
    queue: Annotated[
        list[TaskQueue] | None,
        typer.Option("--queue", help="Only these task queues; may be repeated."),
    ] = None,
) -> None:
    """Work on workflows and activities; on all task queues if none is named."""
    from worker import main as run_worker

    run_worker(queue or tuple(TaskQueue))


@app.command(rich_help_panel="Single parts")
def sandbox(
    *,
    data: DataDir = DEFAULT_DATA,
    calcom_port: Annotated[int, typer.Option(help="Cal.com API v2.")] = 5601,
    smtp_port: Annotated[int, typer.Option(help="Mail goes in here.")] = 1025,
    mail_port: Annotated[int, typer.Option(help="The page to read the mail on.")] = 8025,
    phone_port: Annotated[int, typer.Option(help="Twilio's and Retell's API, and a page.")] = 5602,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", help="Cal.com alone, on this port; in memory without --data."
        ),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="With --port: a tenant, and commands to try on it.")
    ] = False,
) -> None:
    """Serve the stand-ins: Cal.com v2, a mail sink, and phones for SMS and live calls.

    Cal.com alone, for anything that speaks its API v2: **askproai sandbox --port 5601 --example**.
    It keeps people, event types, slots, bookings and webhooks as Cal.com does, flaws included, and
    fails when told to: `POST /sandbox/faults` cuts, delays, breaks or loses answers, before or
    after the booking was made; `POST /sandbox/clock` sets its clock; `POST /sandbox/setup` makes
    tenants. Its page at `/` shows calendar, bookings, requests and webhooks.
    All of it: docs/calcom-sandbox.md.
    """
    if port is not None:
        from sandbox.calcom.alone import serve_alone

        kept = None if data == DEFAULT_DATA else data
        serve_alone(port=port, data_dir=kept, with_example=example)
        return
    from sandbox.server import serve
    from settings import get_settings

    serve(
        data,
        calcom_openapi=get_settings().sandbox_openapi,
        calcom_port=calcom_port,
        smtp_port=smtp_port,
        mail_port=mail_port,
        phone_port=phone_port,
    )


@app.command(rich_help_panel="Setting up")
def migrate(
    revision: Annotated[str, typer.Argument(help="Up to this revision.")] = "head",
) -> None:
    """Bring the database's schema up to date, as the owner role."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(str(Path(__file__).with_name("alembic.ini"))), revision)


@app.command(rich_help_panel="Setting up")
def load_demo(
    calcom_url: Annotated[
        str, typer.Option(metavar="URL", help="Where the companies' Cal.com is.")
    ] = "http://127.0.0.1:5601",
    sms_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where their SMS go; else they send none.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the companies with their keys.")
    ] = False,
) -> None:
    """Load the demo companies; what is there already is brought up to date."""
    from sandbox.catalogue import load_demo as load
    from settings import get_settings

    companies = asyncio.run(load(get_settings(), calcom_url=calcom_url, sms_url=sms_url))
    if as_json:
        sys.stdout.write(json.dumps(companies, ensure_ascii=False, default=str) + "\n")
        return
    for company in companies:
        console.print(f"{company['slug']}: {company['api_key']}")


@app.command(rich_help_panel="Setting up")
def connect_caldav(
    company: Annotated[str, typer.Argument(help="Its slug.")],
    file: Annotated[Path, typer.Argument(help="Server and calendars, in YAML.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, help="Asked for when not given.")
    ],
    data: DataDir = DEFAULT_DATA,
) -> None:
    """Connect a company's calendars on a CalDAV server; each is read once first.

    What the file says: docs/caldav.md.
    """
    from connecting import connect

    console.print(f"{connect(_settings(data), company, file, password)} calendars connected")


@app.command(rich_help_panel="Setting up")
def get_temporal() -> None:
    """Find the Temporal CLI, else download or build it; print where it is."""
    from stack.progress import PlainProgress
    from stack.temporal_cli import get_temporal as get

    progress = PlainProgress(errors)
    binary = get(lambda text: progress.say("temporal", text))
    sys.stdout.write(f"{binary}\n")


def _settings(data: Path) -> Settings:
    """Of the stack that runs on the folder; where none does, of the environment."""
    from settings import get_settings
    from stack.info import FILE, settings_for

    return settings_for(data) if (data / FILE).exists() else get_settings()


def main() -> None:
    """Errors of the stack are sentences for the person at the terminal, not traces."""
    try:
        app()
    except StackError as error:
        errors.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
