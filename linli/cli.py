"""The command line `linli`: each command is one call of a service.

Django is set up inside a command, so that ``linli --help`` answers at once.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from linli.config.environment import (
    SettingInvalid,
    has_keys,
    make_no_keys,
    read_environment,
    terminal_language,
)

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

    from linli.core.trouble import Trouble, trouble_of

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
    if trouble_of(error) is Trouble.BUSY:
        return gettext(
            "The database is busy: somebody else is writing at this moment. Nothing was changed; "
            "please try again."
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
@click.option("--without-worker", is_flag=True, help="`linli worker` runs somewhere else.")
@click.option(
    "--https",
    "https_port",
    type=click.IntRange(1, 65535),
    default=None,
    metavar="PORT",
    help="Serve over HTTPS there, with the certificate of `linli https`.",
)
def serve(
    port: int,
    bind: str,
    workers: int,
    threads: int,
    without_worker: bool,
    https_port: int | None,
) -> None:
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
            with_worker=not without_worker,
            https_port=https_port or 0,
        )


@main.command()
def worker() -> None:
    """Run the worker alone; `linli serve` brings its own."""
    with linli_ready():
        from django.conf import settings
        from django.db.migrations.recorder import MigrationRecorder

        from linli.core.keyprints import require_own_keys
        from linli.flows.worker import run_forever, stopping_on_signals
        from linli.serving import holding

        # A worker waits for a database that is away; one that was never made does not come back.
        MigrationRecorder.Migration.objects.exists()
        require_own_keys()
        with holding(home=settings.HOME), stopping_on_signals() as stop:
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


# --- Programs ---------------------------------------------------------------------------------


@main.group()
def token() -> None:
    """Make and end the tokens with which programs use the API."""


@token.command("issue")
@click.argument("username", required=False)
@click.option("--community", default="", metavar="CODE", help="For its public: only reports.")
@click.option("--name", required=True, help="Which program it is for.")
@click.option("--write", is_flag=True, help="It may report and take steps, too.")
@click.option("--days", type=click.IntRange(1, 366), default=180, show_default=True)
def issue_token(username: str | None, community: str, name: str, write: bool, days: int) -> None:
    """Make a token for USERNAME, or for a community's public; it is shown once."""
    if bool(username) == bool(community):
        raise click.UsageError("Say for whom: linli token issue USERNAME, or --community CODE")
    with linli_ready():
        from linli import office

        if username:
            office.issue_token(
                username=username, name=name, writes=write, days=days, say=click.echo
            )
        else:
            office.issue_public_token(
                community_code=community, name=name, days=days, say=click.echo
            )


@token.command("list")
def list_tokens() -> None:
    """List the valid tokens: key, beginning, whose, scopes, until, program."""
    with linli_ready():
        from linli import office

        office.list_tokens(say=click.echo)


@token.command("revoke")
@click.argument("key", type=int)
def revoke_token(key: int) -> None:
    """End the token with this KEY (see `linli token list`) at once."""
    with linli_ready():
        from linli import office

        office.revoke_token(token_id=key, say=click.echo)


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


# --- Keeping the data -------------------------------------------------------------------------

file_path = click.Path(dir_okay=False, path_type=Path)
folder_path = click.Path(file_okay=False, path_type=Path)
into_option = click.option(
    "--into", type=folder_path, help="The folder for backups; else LINLI_BACKUP_FOLDER."
)
passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the passphrase for the keys from the first line of this file.",
)


def _passphrase(file: Path | None, *, is_new: bool) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").partition("\n")[0].strip()
    if not sys.stdin.isatty():
        raise click.UsageError("Missing --passphrase-file: nobody is here to be asked.")
    return str(click.prompt("口令 Passphrase", hide_input=True, confirmation_prompt=is_new))


@main.command()
@click.argument("file", required=False, type=file_path)
@into_option
@click.option("--keep", type=click.IntRange(0), default=0, help="Keep so many; 0 keeps all.")
@click.option("--with-keys", is_flag=True, help="Put the keys in, under a passphrase.")
@passphrase_option
def backup(
    file: Path | None, into: Path | None, keep: int, with_keys: bool, passphrase_file: Path | None
) -> None:
    """Write database, photos and a manifest into one file, while Linli runs."""
    if file and (into or keep):
        raise click.UsageError("Give a FILE, or --into and --keep.")
    make_no_keys()
    with linli_ready():
        from django.conf import settings
        from django.utils import timezone

        from linli.keeping.backup import back_up

        passphrase = _passphrase(passphrase_file, is_new=True) if with_keys else ""
        back_up(
            to=file,
            into=into or settings.BACKUP_FOLDER,
            keep=keep,
            passphrase=passphrase,
            at=timezone.now(),
            say=click.echo,
        )


@main.command()
@click.argument("file", required=False, type=file_path)
@click.option("--replace", is_flag=True, help="Put what is there now aside.")
@click.option("--keys", type=folder_path, help="The folder with the keys that were kept apart.")
@passphrase_option
@click.option("--finish", is_flag=True, help="Only finish a restore that was cut off.")
def restore(
    file: Path | None,
    replace: bool,
    keys: Path | None,
    passphrase_file: Path | None,
    finish: bool,
) -> None:
    """Bring a backup back: checked first, then all of it or nothing."""
    if not (file or finish):
        raise click.UsageError("Say which backup: linli restore FILE")
    make_no_keys()
    with linli_ready():
        from django.utils import timezone

        from linli.keeping import restore as restoring

        if file is None:
            restoring.finish(say=click.echo)
            return
        restoring.restore(
            wanted=restoring.Wanted(
                file=file,
                replace=replace,
                keys=keys,
                had_keys=has_keys(home=read_environment().home),
                ask=lambda: _passphrase(passphrase_file, is_new=False),
            ),
            at=timezone.now(),
            say=click.echo,
        )


@main.command()
@into_option
@click.option("--keep", type=click.IntRange(0), default=0, help="Keep so many; 0 keeps all.")
def upgrade(into: Path | None, keep: int) -> None:
    """After installing a new version: back up, then bring the data up to date."""
    with linli_ready():
        from django.conf import settings
        from django.utils import timezone

        from linli.keeping.upgrade import upgrade as bring_up

        bring_up(into=into or settings.BACKUP_FOLDER, keep=keep, at=timezone.now(), say=click.echo)


@main.group()
def keys() -> None:
    """Print the keys, or type them in from paper."""


@keys.command("print")
def print_keys() -> None:
    """Show the keys for paper that goes into a safe. Whoever reads it can open every name."""
    make_no_keys()
    with linli_ready():
        from linli.keeping import papers

        papers.print_keys(say=click.echo)


@keys.command()
def enter() -> None:
    """Type the keys from paper into LINLI_HOME, before a restore."""
    make_no_keys()
    with linli_ready():
        from linli.keeping import papers

        papers.enter_keys(
            ask=lambda name: str(click.prompt(name, prompt_suffix=": ")), say=click.echo
        )


@keys.command()
def rotate() -> None:
    """Seal everything anew under a new key; stopped anywhere, it goes on when it is run again."""
    make_no_keys()
    with linli_ready():
        from django.utils import timezone

        from linli.keeping import rotation

        rotation.rotate(at=timezone.now(), say=click.echo)


@main.command("check")
def check_installation() -> None:
    """Say whether this installation is fit for real use."""
    make_no_keys()
    with linli_ready():
        from django.utils import timezone

        from linli.keeping import fitness

        if not fitness.check(at=timezone.now(), say=click.echo):
            sys.exit(1)


# --- HTTPS ------------------------------------------------------------------------------------


@main.group()
def https() -> None:
    """HTTPS on the office's own network: phones use camera and offline pages over it only."""


@https.command()
@click.argument("hosts", nargs=-1, required=True, metavar="ADDRESS…")
def make(hosts: tuple[str, ...]) -> None:
    """Make a certificate for the addresses at which phones reach this machine."""
    with linli_ready():
        from linli import office

        office.make_certificate(hosts=hosts, say=click.echo)


@https.command()
@click.argument("certificate", type=file_path)
@click.argument("key", type=file_path)
def use(certificate: Path, key: Path) -> None:
    """Use a certificate of a public authority (PEM, with its chain)."""
    with linli_ready():
        from linli import office

        office.use_certificate(certificate=certificate, key=key, say=click.echo)


# --- Search -----------------------------------------------------------------------------------


@main.group()
def search() -> None:
    """Look after what matters are found by."""


@search.command()
def rebuild() -> None:
    """Write the search index anew, batch by batch, while others go on working."""
    with linli_ready():
        from django.utils.translation import gettext

        from linli.matters.services import rebuild_index

        def say(total: int) -> None:
            click.echo(gettext("%(total)s matters are in the index.") % {"total": total})

        rebuild_index(say=say)


# --- The event log ----------------------------------------------------------------------------


@main.group()
def audit() -> None:
    """Look whether the record of what happened is whole."""


@audit.command()
@click.option("--root", default="", help="A root that was kept elsewhere: 1234:0f3a…")
def verify(root: str) -> None:
    """Compare every event with its seal; name what was altered since it was sealed."""
    with linli_ready():
        from linli import auditing

        if not auditing.verify(kept=root, say=click.echo):
            sys.exit(1)


@audit.command("root")
@click.option("--mail", default="", help="Send it: mailtos://name:password@example.com?to=…")
@click.option("--print", "to_print", is_flag=True, help="As a page for the file (the default).")
def audit_root(mail: str, to_print: bool) -> None:
    """Say the root of the event log, to be kept where nobody can change it."""
    with linli_ready():
        from django.utils import timezone

        from linli import auditing

        auditing.tell_root(mail=mail, to_print=to_print, at=timezone.now(), say=click.echo)


# --- Files that anyone can check us with --------------------------------------------------------

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.group("budget")
def budget_group() -> None:
    """Count votes on a budget that lie in a file."""


@budget_group.command("count")
@click.argument("file", type=existing_file)
@click.option("--rule", type=click.Choice(["equal-shares", "greedy"]), default="equal-shares")
@click.option(
    "--completion",
    type=click.Choice(["add1", "none"]),
    default="add1",
    help="How equal shares spends what is left: one more for each voter, or not at all.",
)
@click.option(
    "--utility",
    type=click.Choice(["cost", "cardinality"]),
    default="cost",
    help="What a project is worth to whoever votes for it: its cost, or one.",
)
@click.option("--explain", is_flag=True, help="Say why each project wins or does not.")
def count_budget(file: Path, **chosen: Any) -> None:
    """Print the ids of the projects that win by FILE (Pabulib's .pb), one a line."""
    make_no_keys()
    with linli_ready():
        from linli import checking

        checking.count_budget(file=file, say=click.echo, **chosen)


@main.command("opinion-map")
@click.argument("votes", type=existing_file)
@click.option("--statements", type=existing_file, required=True, help="statement,moderated")
@click.option(
    "--groups",
    type=click.Choice(["auto", "2", "3", "4", "5"]),
    default="auto",
    show_default=True,
    help="How many groups; auto finds what fits best.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--out", type=folder_path, required=True, help="The folder for what is found.")
def draw_opinion_map(votes: Path, statements: Path, groups: str, seed: int, out: Path) -> None:
    """Draw groups of opinion from VOTES (participant,statement,vote,time)."""
    make_no_keys()
    with linli_ready():
        from linli import checking

        checking.draw_opinion_map(
            votes=votes,
            statements=statements,
            groups=None if groups == "auto" else int(groups),
            seed=seed,
            out=out,
            say=click.echo,
        )


@main.group()
def ballots() -> None:
    """Look at a vote that was published."""


@ballots.command("recount")
@click.argument("file", type=existing_file)
def recount_ballots(file: Path) -> None:
    """Count the ballots in FILE again; the exit status is 1 where the result is another one."""
    make_no_keys()
    with linli_ready():
        from linli import checking

        if not checking.recount(file=file, say=click.echo):
            sys.exit(1)


if __name__ == "__main__":
    main()
