"""Read the environment: every setting an operator may change, with a safe default.

Each name is documented in docs/settings.md; a house test fails when one is not.
"""

import hashlib
import ipaddress
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_HSTS_SECONDS = 30 * 24 * 3600

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
TOKEN_LENGTH_MIN = 16
OLD_DATA = "data.old"
"""How the key is called that a rotation is leaving behind."""


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
    hsts_seconds: int
    office_phone: str
    tile_url: str
    tile_attribution: str
    notify_dry_run: bool
    api_https_only: bool
    api_rate: int
    backup_folder: Path
    audit_mail: str
    database_pool: int
    webhook_private_networks: tuple[Network, ...]
    metrics_token: str
    log_format: str
    disk_floor_mb: int
    offline_hours: int
    offline_unsent_hours: int


def read_environment() -> Environment:
    """Return the settings given by environment variables.

    :raises SettingInvalid: when a value cannot be used.
    """
    home = _folder("LINLI_HOME", default=Path.cwd() / ".linli")
    return Environment(
        home=home,
        database_url=os.environ.get("LINLI_DATABASE_URL", ""),
        public_url=_public_url(),
        allowed_hosts=_hosts(),
        debug=_flag("LINLI_DEBUG", default=False),
        trusted_proxies=_count("LINLI_TRUSTED_PROXIES", default=0),
        hsts_seconds=_count("LINLI_HSTS_SECONDS", default=_HSTS_SECONDS),
        office_phone=os.environ.get("LINLI_OFFICE_PHONE", ""),
        tile_url=_tile_url(),
        tile_attribution=os.environ.get("LINLI_TILE_ATTRIBUTION", ""),
        notify_dry_run=_flag("LINLI_NOTIFY_DRY_RUN", default=False),
        api_https_only=_flag("LINLI_API_HTTPS_ONLY", default=False),
        api_rate=_count("LINLI_API_RATE", default=3_000, least=1),
        backup_folder=_folder(
            "LINLI_BACKUP_FOLDER", default=home.with_name(f"{home.name}-backups")
        ),
        audit_mail=_audit_mail(),
        database_pool=_count("LINLI_DATABASE_POOL", default=16, least=2),
        webhook_private_networks=_networks("LINLI_WEBHOOK_PRIVATE_NETWORKS"),
        metrics_token=_token("LINLI_METRICS_TOKEN"),
        log_format=_one_of("LINLI_LOG_FORMAT", ("plain", "json")),
        disk_floor_mb=_count("LINLI_DISK_FLOOR_MB", default=500),
        offline_hours=_count("LINLI_OFFLINE_HOURS", default=12, least=1),
        offline_unsent_hours=_count("LINLI_OFFLINE_UNSENT_HOURS", default=72, least=1),
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


_makes_keys = True


def make_no_keys() -> None:
    """Let a key that is not there be a passing one, and no file: for restoring and for looking.

    A key made by the way would stand where the right one has to go. Call it before the settings
    are read.
    """
    global _makes_keys
    _makes_keys = False


def has_keys(*, home: Path) -> bool:
    """Tell whether the keys that data hang on are there."""
    return (home / "keys" / "data.key").exists() or (home / "keys" / "digest.key").exists()


def metrics_folder(*, home: Path) -> Path:
    """Return where server processes count together: in memory, where the machine has such a place.

    A file on a disk that is full would stop the process in the middle of counting.
    """
    mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    shared = Path("/dev/shm")
    folder = shared / f"linli-metrics-{os.getuid()}-{mark}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        is_ours = not folder.is_symlink() and folder.stat().st_uid == os.getuid()
    except OSError:
        is_ours = False
    return folder if is_ours else home / "run" / "metrics"


def count_in(*, folder: Path) -> None:
    """Tell the metrics library where processes count together; it reads nothing else."""
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))


def read_or_make_key(*, home: Path, name: str) -> bytes:
    """Return the 32-byte key kept in ``home/keys/<name>.key``, made on first use.

    A key is written once with O_EXCL, so two processes that start together agree on one.

    :raises HomeNotWritable: when the key can be neither read nor written.
    :raises SettingInvalid: when the file does not hold 32 bytes in hexadecimal, or was lost.
    """
    path = home / "keys" / f"{name}.key"
    if not path.exists() and not _makes_keys:
        return secrets.token_bytes(32)
    if not path.exists():
        if name != "web" and _had_keys(home):
            raise SettingInvalid(
                f"The key file {path} is missing, and data here were sealed with it. "
                "Put it back from paper (linli keys enter) or from your backup; no other was made.",
                f"缺少密钥文件 {path}，而这里已有用它加密的数据。"
                "请用打印的密钥（linli keys enter）或备份把它放回；程序没有另造新密钥。",
            )
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


def _had_keys(home: Path) -> bool:
    """Tell whether keys were here before: then one that is missing was lost.

    The last of them is made after the others, and the database after it.
    """
    database = home / "linli.sqlite3"
    return (home / "keys" / "digest.key").exists() or (
        database.exists() and database.stat().st_size > 0
    )


def read_old_key(*, home: Path) -> bytes | None:
    """Return the key from before a rotation that is under way, or None.

    :raises SettingInvalid: when the file does not hold 32 bytes in hexadecimal.
    """
    if not (home / "keys" / f"{OLD_DATA}.key").exists():
        return None
    return read_or_make_key(home=home, name=OLD_DATA)


def _public_url() -> str:
    value = os.environ.get("LINLI_PUBLIC_URL", "").strip().rstrip("/")
    if value and not (_is_address(value) and re.fullmatch(r"https?://[^/?#@]+", value)):
        raise SettingInvalid(
            "LINLI_PUBLIC_URL must be the address people open, without a path, such as "
            f"https://linli.example.org, not “{value}”.",
            f"LINLI_PUBLIC_URL 应为居民打开的网址，不带路径，如 https://linli.example.org，"
            f"不能是“{value}”。",
        )
    return value


def _audit_mail() -> str:
    value = os.environ.get("LINLI_AUDIT_MAIL", "").strip()
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise SettingInvalid(
            f"LINLI_AUDIT_MAIL must be one mail address, not “{value}”.",
            f"LINLI_AUDIT_MAIL 应为一个邮箱地址，不能是“{value}”。",
        )
    return value


def _tile_url() -> str:
    value = os.environ.get("LINLI_TILE_URL", "").strip()
    if value and not (_is_address(value) and all(f"{{{one}}}" in value for one in "zxy")):
        raise SettingInvalid(
            "LINLI_TILE_URL must look like https://tiles.example.org/{z}/{x}/{y}.png, "
            f"not “{value}”.",
            "LINLI_TILE_URL 应写成 https://tiles.example.org/{z}/{x}/{y}.png 的样子，"
            f"不能是“{value}”。",
        )
    return value


def _is_address(value: str) -> bool:
    """Tell whether a browser could open this: http or https, a host, a port that exists."""
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = value.isprintable() and " " not in value
    return is_plain and has_port and parts.scheme in ("http", "https") and bool(parts.hostname)


def _hosts() -> tuple[str, ...]:
    hosts = _words("LINLI_ALLOWED_HOSTS", "*")
    for host in hosts:
        has_port = ":" in host and not host.startswith("[")
        if "/" in host or " " in host or has_port:
            raise SettingInvalid(
                "LINLI_ALLOWED_HOSTS takes host names such as linli.example.org, without a port, "
                f"with commas between them, not “{host}”.",
                "LINLI_ALLOWED_HOSTS 只写主机名，如 linli.example.org，不带端口，用英文逗号分隔，"
                f"不能是“{host}”。",
            )
    return hosts


def _folder(name: str, *, default: Path) -> Path:
    value = os.environ.get(name, "").strip()
    try:
        return Path(value).expanduser().resolve() if value else default.resolve()
    except RuntimeError as error:  # ~name, and nobody here is called so
        raise SettingInvalid(
            f"{name} must be a folder; nobody on this machine has the home folder in “{value}”.",
            f"{name} 应为文件夹；这台机器上没有“{value}”所指的用户主目录。",
        ) from error


def _words(name: str, default: str) -> tuple[str, ...]:
    value = os.environ.get(name, "").strip() or default
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "0", "no", "false", "off", "1", "yes", "true", "on"):
        return default if value == "" else value in ("1", "yes", "true", "on")
    raise SettingInvalid(
        f"{name} must be 1 or 0, not “{value}”.", f"{name} 应为 1 或 0，不能是“{value}”。"
    )


def _count(name: str, *, default: int, least: int = 0) -> int:
    value = os.environ.get(name, "").strip()
    # Nobody counts further than nine digits; Python itself would not, and say so in a traceback.
    is_number = re.fullmatch(r"[0-9]{1,9}", value) is not None
    if is_number and int(value) >= least:
        return int(value)
    if is_number:
        raise SettingInvalid(
            f"{name} must be at least {least}, not {value}.",
            f"{name} 至少为 {least}，不能是 {value}。",
        )
    if value:
        raise SettingInvalid(
            f"{name} must be a whole number of at most nine digits, not “{value[:40]}”.",
            f"{name} 应为不超过九位的整数，不能是“{value[:40]}”。",
        )
    return default


def _networks(name: str) -> tuple[Network, ...]:
    networks = []
    for word in _words(name, ""):
        try:
            networks.append(ipaddress.ip_network(word))
        except ValueError as error:
            raise SettingInvalid(
                f"{name} must hold networks such as 192.168.1.0/24 or single addresses, "
                f"with commas between them; “{word}” is none.",
                f"{name} 应填写网段（如 192.168.1.0/24）或单个地址，用英文逗号分隔；"
                f"“{word}”不是网段。",
            ) from error
    return tuple(networks)


def _token(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if value and (len(value) < TOKEN_LENGTH_MIN or not re.fullmatch(r"[!-~]+", value)):
        raise SettingInvalid(
            f"{name} must be at least {TOKEN_LENGTH_MIN} letters and digits without spaces. "
            "“openssl rand -hex 24” makes a good one.",
            f"{name} 至少要有 {TOKEN_LENGTH_MIN} 个字母或数字，不含空格。"
            "可以用“openssl rand -hex 24”生成。",
        )
    return value


def _one_of(name: str, choices: tuple[str, ...]) -> str:
    value = os.environ.get(name, "").strip().lower() or choices[0]
    if value not in choices:
        raise SettingInvalid(
            f"{name} must be one of {', '.join(choices)}, not “{value}”.",
            f"{name} 应为 {'、'.join(choices)} 之一，不能是“{value}”。",
        )
    return value
