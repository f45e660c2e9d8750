"""The command line `linli`: each command is one call of a service.

Django is set up inside a command, so that ``linli --help`` answers at once.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from linli.config.environment import SettingInvalid, terminal_language

WORKERS = 2
THREADS = 8


@click.group()
def main() -> None:
    """Linli 邻里: a community governed by its own people."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # A terminal that cannot show a character shows “?”.
            stream.reconfigure(errors="replace")


class Unhelped(click.ClickException):
    """What was asked cannot be done; the sentence says what to do instead."""

    exit_code = 2


@contextmanager
def linli_ready() -> Iterator[None]:
    """Set Django up in the language of this terminal; a refusal ends as one sentence."""
    try:
        import django  # Only commands that need it pay for it.

        django.setup()
        from django.db import OperationalError, ProgrammingError
        from django.utils import translation

        from linli.core.errors import Refused
    except SettingInvalid as invalid:
        raise Unhelped(str(invalid)) from invalid
    with translation.override(terminal_language()):
        try:
            yield
        except (Refused, SettingInvalid) as refused:
            raise Unhelped(_sentence(refused)) from refused
        except (OperationalError, ProgrammingError) as error:
            raise Unhelped(_about_the_database(error)) from error
        except KeyboardInterrupt:
            sys.exit(130)


def _about_the_database(error: Exception) -> str:
    """Say what to do when the database is not there, or is not one of ours yet."""
    from django.conf import settings
    from django.utils.translation import gettext

    known = {"home": str(settings.HOME), "reason": str(error).strip().partition("\n")[0]}
    # SQLite says so in words, PostgreSQL by a code.
    code = getattr(error.__cause__, "sqlstate", None)
    if code == "42P01" or "no such table" in known["reason"]:
        return (
            gettext(
                "Nothing is set up in %(home)s yet. Begin with “linli setup” or “linli demo”, "
                "or set LINLI_HOME (and LINLI_DATABASE_URL) to where your data lies."
            )
            % known
        )
    return (
        gettext(
            "The database does not answer (%(reason)s). Look whether it runs and whether "
            "LINLI_DATABASE_URL is right, then try again."
        )
        % known
    )


def _sentence(refused: Exception) -> str:
    """Return one sentence, with every fault of several fields named."""
    faults = getattr(refused, "faults", None)
    if not faults:
        return str(refused)
    return "\n".join(f"{fault.field}: {fault}" for fault in faults)


# --- Running ----------------------------------------------------------------------------------

port_option = click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    envvar="PORT",
    show_default=True,
    help="Where to listen; the environment variable PORT does the same.",
)


@main.command()
@port_option
def demo(port: int) -> None:
    """Start with the demonstration community, for this machine only."""
    with linli_ready():
        from linli import demo as demonstration
        from linli.serving import Address

        demonstration.run(address=Address("127.0.0.1", port), say=click.echo)


@main.command()
@port_option
@click.option("--bind", default="", metavar="HOST[:PORT]", help="Other machines may reach it too.")
@click.option("--workers", type=click.IntRange(1, 64), default=WORKERS, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=THREADS, show_default=True)
def serve(port: int, bind: str, workers: int, threads: int) -> None:
    """Start web server and worker on the data in LINLI_HOME."""
    host, _, after = bind.partition(":")
    if after and not after.isdigit():
        raise click.BadParameter("write it as 0.0.0.0:8000", param_hint="--bind")
    with linli_ready():
        from linli import serving

        serving.run(
            address=serving.Address(host or "127.0.0.1", int(after or port)),
            say=click.echo,
            workers=workers,
            threads=threads,
        )


@main.command()
def worker() -> None:
    """Run the worker alone; `linli serve` brings its own."""
    with linli_ready():
        from django.db.migrations.recorder import MigrationRecorder

        from linli.flows.worker import run_forever, stopping_on_signals

        # A worker waits for a database that is away; one that was never made does not come back.
        MigrationRecorder.Migration.objects.exists()
        with stopping_on_signals() as stop:
            run_forever(stop=stop)


# --- The office -------------------------------------------------------------------------------


def _asked(
    name: str, question: str, *, help: str, needed: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option that is asked for when somebody sits at the terminal and did not give it."""

    def ask(context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
        if value is not None or context.resilient_parsing:
            return value or ""
        if sys.stdin.isatty():
            return str(click.prompt(question, default=None if needed else "", show_default=False))
        if needed:
            raise click.UsageError(f"Missing {name}: {help}")
        return ""

    return click.option(name, callback=ask, help=help)


@main.command()
@_asked("--code", "社区代码 Community code (12 digits)", help="The community's 12-digit code.")
@_asked("--name", "社区名称 Community", help="The community's name.")
@_asked("--city", "市 City", help="The city's name.")
@_asked("--district", "区 District", help="The district's name.", needed=False)
@_asked("--subdistrict", "街道 Subdistrict", help="The subdistrict's name.", needed=False)
@_asked("--secretary", "书记姓名 Secretary's name", help="The first secretary's name.")
@_asked("--username", "书记用户名 Secretary's user name", help="The first secretary's user name.")
@_asked("--phone", "书记手机 Secretary's phone", help="The secretary's phone.", needed=False)
@_asked("--office-phone", "办公电话 Office phone", help="The office's phone.", needed=False)
@_asked("--office-address", "办公地址 Office address", help="Where the office is.", needed=False)
@_asked(
    "--privacy-contact",
    "个人信息联系人 Privacy contact",
    help="Whom residents ask about their data.",
    needed=False,
)
def setup(**told: str) -> None:
    """Start a real, empty community: database, keys, place, first secretary."""
    with linli_ready():
        from linli import office

        office.set_up(wanted=office.Wanted(**told), say=click.echo)


@main.command("sign-in-link")
@click.argument("username", required=False)
@click.option("--account", default="", help="The user name, if not given as the argument.")
@click.option(
    "--face",
    type=click.Choice(["home", "resident", "field", "handler", "desk", "overview"]),
    default="home",
    show_default=True,
    help="Which face it opens; home is where that person begins.",
)
@click.option("--base-url", default="", help="The address people reach Linli at.")
def sign_in_link(username: str | None, account: str, face: str, base_url: str) -> None:
    """Make a link that signs its bearer in once, within a day."""
    if not (username or account):
        raise click.UsageError("Say whose account: linli sign-in-link USERNAME")
    with linli_ready():
        from linli import office

        office.sign_in_link(
            username=username or account, face=face, base_url=base_url, say=click.echo
        )


@main.command("reset-password")
@click.argument("username")
@click.option("--second-factor", is_flag=True, help="Take away a lost second factor, too.")
def reset_password(username: str, second_factor: bool) -> None:
    """Make a temporary password, for instance for the only secretary."""
    with linli_ready():
        from linli import office

        office.reset_password(username=username, second_factor=second_factor, say=click.echo)


# --- Packs ------------------------------------------------------------------------------------

folder_argument = click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@main.group()
def pack() -> None:
    """Check and load a community's own names, places, limits and story."""


@pack.command()
@folder_argument
def check(folder: Path) -> None:
    """Say every fault of a pack with its file and line; the data is not touched."""
    with linli_ready():
        from linli import packing

        if not packing.check(folder=folder, say=click.echo):
            sys.exit(1)


@pack.command()
@folder_argument
@click.option("--without-story", is_flag=True, help="Leave out what happened.")
def load(folder: Path, without_story: bool) -> None:
    """Load a pack; again loads what changed since, and doubles nothing."""
    with linli_ready():
        from linli import packing

        packing.load(folder=folder, with_story=not without_story, say=click.echo)


# --- The event log ----------------------------------------------------------------------------


@main.group()
def audit() -> None:
    """Look whether the record of what happened is whole."""


@audit.command()
def verify() -> None:
    """Compare every event with its seal; name what was altered since it was sealed."""
    with linli_ready():
        from linli import auditing

        if not auditing.verify(say=click.echo):
            sys.exit(1)


if __name__ == "__main__":
    main()
