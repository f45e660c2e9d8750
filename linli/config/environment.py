"""Read the environment: every setting an operator may change, with a safe default.

Each name is documented in docs/settings.md; a house test fails when one is not.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


class SettingInvalid(Exception):
    """A setting has a value Linli cannot work with; ``str()`` says what to do.

    It is said in both languages here, because the catalogue cannot be read before the settings.
    """

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.chinese = chinese

    def __str__(self) -> str:
        return self.chinese if terminal_language() == "zh-hans" else str(self.args[0])


class HomeNotWritable(SettingInvalid):
    """The folder that holds the data cannot be written."""


def terminal_language() -> str:
    """Return the language of whoever started Linli from a terminal."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    spoken = next((value for value in map(os.environ.get, variables) if value), "")
    return "zh-hans" if spoken.startswith("zh") else "en"


@dataclass(frozen=True)
class Environment:
    """What the operator decided, read once when the program starts."""

    home: Path
    database_url: str
    public_url: str
    allowed_hosts: tuple[str, ...]
    debug: bool
    trusted_proxies: int
    office_phone: str
    tile_url: str
    tile_attribution: str
    notify_dry_run: bool


def read_environment() -> Environment:
    """Return the settings given by environment variables.

    :raises SettingInvalid: when a value cannot be used.
    """
    home = Path(os.environ.get("LINLI_HOME") or Path.cwd() / ".linli").expanduser().resolve()
    return Environment(
        home=home,
        database_url=os.environ.get("LINLI_DATABASE_URL", ""),
        public_url=os.environ.get("LINLI_PUBLIC_URL", "").rstrip("/"),
        allowed_hosts=_words("LINLI_ALLOWED_HOSTS", "*"),
        debug=_flag("LINLI_DEBUG", default=False),
        trusted_proxies=_count("LINLI_TRUSTED_PROXIES", default=0),
        office_phone=os.environ.get("LINLI_OFFICE_PHONE", ""),
        tile_url=os.environ.get("LINLI_TILE_URL", ""),
        tile_attribution=os.environ.get("LINLI_TILE_ATTRIBUTION", ""),
        notify_dry_run=_flag("LINLI_NOTIFY_DRY_RUN", default=False),
    )


def make_home(*, home: Path) -> None:
    """Create the data folder, readable by its owner only.

    :raises HomeNotWritable: when the folder cannot be created or written.
    """
    try:
        for folder in (home, home / "keys", home / "media"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise HomeNotWritable(
            f"Linli cannot write to {home} ({error.strerror}). "
            "Set LINLI_HOME to a folder that you may write to, or change its owner.",
            f"邻里无法写入 {home}（{error.strerror}）。"
            "请把 LINLI_HOME 设为您有权写入的文件夹，或修改它的所有者。",
        ) from error


def read_or_make_key(*, home: Path, name: str) -> bytes:
    """Return the 32-byte key kept in ``home/keys/<name>.key``, made on first use.

    A key is written once with O_EXCL, so two processes that start together agree on one.

    :raises HomeNotWritable: when the key can be neither read nor written.
    :raises SettingInvalid: when the file does not hold 32 bytes in hexadecimal.
    """
    path = home / "keys" / f"{name}.key"
    if not path.exists():
        make_home(home=home)
        staged = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            staged.touch(mode=0o600)
            staged.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
            try:
                os.link(staged, path)  # Fails if another process was first; then theirs rules.
            except FileExistsError:
                pass
            finally:
                staged.unlink()
        except OSError as error:
            raise HomeNotWritable(
                f"Linli cannot write its keys to {path.parent}.",
                f"邻里无法把密钥写入 {path.parent}。",
            ) from error
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise SettingInvalid(
            f"The key file {path} cannot be read. Put the right file back from your backup; "
            "without it, encrypted names and phone numbers stay closed.",
            f"密钥文件 {path} 无法读取。请从备份中放回原来的文件；"
            "没有它，加密的姓名和电话就打不开。",
        ) from error
    if len(key) != 32:
        raise SettingInvalid(
            f"The key file {path} must hold 64 hexadecimal characters.",
            f"密钥文件 {path} 的内容应为 64 个十六进制字符。",
        )
    return key


def _words(name: str, default: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in os.environ.get(name, default).split(",") if word.strip())


def _flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "0", "no", "false", "off", "1", "yes", "true", "on"):
        return default if value == "" else value in ("1", "yes", "true", "on")
    raise SettingInvalid(
        f"{name} must be 1 or 0, not “{value}”.", f"{name} 应为 1 或 0，不能是“{value}”。"
    )


def _count(name: str, *, default: int) -> int:
    value = os.environ.get(name, "").strip()
    if value.isdigit():
        return int(value)
    if value:
        raise SettingInvalid(
            f"{name} must be a whole number, not “{value}”.",
            f"{name} 应为整数，不能是“{value}”。",
        )
    return default
