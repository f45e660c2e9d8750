"""Make `.venv` from a locked file, once; the next run finds it as it should be and returns at once.

Run by whatever Python the machine has, so it imports nothing but the standard library. What may go
wrong on somebody's machine ends in a sentence that says what to do, in their language.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "linli.json"
LOG = VENV / "install.log"
# Each set holds the ones before it: whoever has the last has all.
SETS = ("runtime", "test", "check")

SENTENCES = {
    "making": (
        "Making .venv and installing Linli's packages there, once; a minute or two …",
        "正在建立 .venv 并安装所需软件包，只需这一次，约一两分钟……",
    ),
    "no_venv": (
        "This Python ({python}) cannot make virtual environments. On Debian or Ubuntu: "
        "sudo apt install python{version}-venv. Then run the same command again.",
        "这个 Python（{python}）不能建立虚拟环境。Debian、Ubuntu、麒麟、UOS 请先执行："
        "sudo apt install python{version}-venv，然后重新运行刚才的命令。",
    ),
    "not_writable": (
        "Linli cannot write to {path} ({reason}). Copy the folder to a place of your own, "
        "or ask its owner for permission.",
        "邻里无法写入 {path}（{reason}）。请把整个文件夹复制到您有权限的位置，或请其主人授权。",
    ),
    "no_packages": (
        "The packages could not be fetched; see {log}. Is there a network? Without one, run "
        "“make wheels” on a machine that has it, copy the folder wheels/ here and add "
        "WHEELS=wheels to the command.",
        "软件包没有下载成功，详情见 {log}。请检查网络。没有网络时，可在有网络的同类机器上运行 "
        "make wheels，把 wheels/ 文件夹复制过来，再在命令后加上 WHEELS=wheels。",
    ),
    "bad_hash": (
        "A package is not what the lock file expects, so nothing was installed; see {log}. "
        "If you use a package mirror, try another one.",
        "有软件包与锁定文件不符，因此没有安装，详情见 {log}。如果使用了镜像源，请换一个再试。",
    ),
    "failed": (
        "Installing did not work; the reason is at the end of {log}.",
        "安装没有成功，原因见 {log} 末尾。",
    ),
}


class Stopped(Exception):
    """Something on this machine is in the way; the message says what to do."""

    def __init__(self, name: str, **facts: object) -> None:
        super().__init__(say(name, **facts))


def say(name: str, **facts: object) -> str:
    """Return a sentence in the language of this terminal."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    spoken = next((value for value in map(os.environ.get, variables) if value), "")
    return SENTENCES[name][spoken.startswith("zh")].format(**facts)


def main(wanted: str) -> None:
    """Bring `.venv` to the state that the lock file of `wanted` describes."""
    stamp, project = read_stamp(), digest_of_project()
    was_made_here = stamp["root"] == str(ROOT)  # A moved folder carries its old paths inside.
    if (
        PYTHON.exists()
        and was_made_here
        and stamp["project"] == project
        and stamp["sets"].get(wanted) == digest(lock(wanted))
    ):
        return
    print(say("making"), flush=True)
    if not (was_made_here and works()):
        make_venv()
        stamp["sets"] = {}
    install(wanted)
    held = SETS[: SETS.index(wanted) + 1]
    sets = {**stamp["sets"], **{name: digest(lock(name)) for name in held}}
    text = json.dumps({"root": str(ROOT), "project": project, "sets": sets}, indent=1)
    STAMP.write_text(text, encoding="utf-8")


def works() -> bool:
    """Tell whether `.venv` is whole: not half made, and its Python not removed since."""
    if not PYTHON.exists():
        return False
    asked = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False)
    return asked.returncode == 0


def read_stamp() -> dict:
    """Return what the last run wrote down; without it, take the environment as made here."""
    unknown = {"root": str(ROOT), "project": "", "sets": {}}
    try:
        return {**unknown, **json.loads(STAMP.read_text(encoding="utf-8"))}
    except (OSError, ValueError):
        return unknown


def lock(name: str) -> Path:
    """Return the lock file of a set."""
    return ROOT / "requirements" / f"{name}.txt"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_of_project() -> str:
    """Return a digest of what `pip install -e .` reads; the tools' tables are no part of it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return hashlib.sha256(text.partition("[tool.")[0].encode()).hexdigest()


def make_venv() -> None:
    """Make an empty environment in place of whatever is there."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise Stopped("no_venv", python=sys.executable, version=version)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False
    )
    if made.returncode:
        said = made.stdout + made.stderr
        for reason in ("Permission denied", "Read-only file system", "No space left on device"):
            if reason in said:
                raise Stopped("not_writable", path=ROOT, reason=reason)
        raise Stopped("no_venv", python=sys.executable, version=version)


def install(wanted: str) -> None:
    """Install the locked packages, then Linli itself from this folder."""
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    wheels = os.environ.get("WHEELS", "")
    source = ["--no-index", "--find-links", Path(wheels).resolve()] if wheels else []
    with LOG.open("w", encoding="utf-8") as log:
        for step in (
            [*pip, *source, "--require-hashes", "-r", lock(wanted)],
            [*pip, "--no-index", "--no-deps", "--no-build-isolation", "-e", ROOT],
        ):
            done = subprocess.run(step, stdout=log, stderr=subprocess.STDOUT, check=False)
            if done.returncode:
                raise Stopped(reason_in(LOG.read_text(encoding="utf-8")), log=LOG)


def reason_in(output: str) -> str:
    """Return which sentence fits what pip said."""
    if "DO NOT MATCH THE HASHES" in output:
        return "bad_hash"
    if "No matching distribution" in output or "Connection" in output:
        return "no_packages"
    return "failed"


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in SETS:
        sys.exit(f"usage: bootstrap.py {'|'.join(SETS)}")
    try:
        main(sys.argv[1])
    except Stopped as stopped:
        sys.exit(str(stopped))
    except OSError as error:
        sys.exit(say("not_writable", path=error.filename or ROOT, reason=error.strerror))
