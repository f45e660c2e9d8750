"""Keep the Chinese catalogue whole: every English sentence in the code has its Chinese.

``python tools/messages.py`` says what is wrong; ``--write`` brings new sentences into django.po,
takes unused ones out and compiles django.mo. Needs no gettext on the machine.
"""

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django
import polib

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "linli"
CATALOGUE = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")

# Which argument of a marker is the context, the sentence and its plural.
_PLAIN = (None, 0, None)
MARKERS: dict[str, tuple[int | None, int, int | None]] = {
    "_": _PLAIN,
    "gettext": _PLAIN,
    "gettext_lazy": _PLAIN,
    "gettext_noop": _PLAIN,
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
_STRING = r"""u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_MARKED = re.compile(rf"\b(_|n?p?gettext)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@dataclass(frozen=True)
class Sentence:
    """An English sentence that somebody may read, and where it stands."""

    context: str | None
    text: str
    plural: str
    place: str

    @property
    def key(self) -> tuple[str | None, str]:
        """Return what the catalogue finds it by."""
        return (self.context, self.text)


def sentences() -> dict[tuple[str | None, str], Sentence]:
    """Return every sentence marked for translation in code and templates."""
    found: dict[tuple[str | None, str], Sentence] = {}
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix not in (".py", ".html", ".txt") or "tests" in path.parts:
            continue
        reader = _in_python if path.suffix == ".py" else _in_template
        for sentence in reader(path):
            kept = found.get(sentence.key)
            if kept is None or (sentence.plural and not kept.plural):
                found[sentence.key] = sentence
    return found


def _in_python(path: Path) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in MARKERS:
            texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            yield from _sentence(name, texts, f"{path.relative_to(ROOT)}:{node.lineno}")


def _in_template(path: Path) -> Iterator[Sentence]:
    # Django's own reader of templates, which `makemessages` hands to xgettext.
    from django.utils.translation.template import templatize  # needs settings, see `main`

    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for match in _MARKED.finditer(source):
        line = source.count("\n", 0, match.start()) + 1
        texts = list(ast.literal_eval(f"[{match[2]}]"))
        yield from _sentence(match[1], texts, f"{path.relative_to(ROOT)}:{line}")


def _sentence(name: str, texts: list[object], place: str) -> Iterator[Sentence]:
    context, text, plural = (
        texts[at] if at is not None and at < len(texts) else None for at in MARKERS[name]
    )
    if isinstance(text, str) and text:
        yield Sentence(
            context=context if isinstance(context, str) else None,
            text=text,
            plural=plural if isinstance(plural, str) else "",
            place=place,
        )


def faults(*, unused: bool = True) -> list[str]:
    """Return what is wrong with the catalogue, one line each."""
    found, catalogue = sentences(), polib.pofile(str(CATALOGUE))
    entries = {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}
    wrong = [
        f"{sentence.place}: no Chinese for “{sentence.text}”"
        for key, sentence in found.items()
        if key not in entries or not _chinese(entries[key]) or "fuzzy" in entries[key].flags
    ]
    for (_, text), entry in entries.items():
        known = set(_PLACEHOLDER.findall(entry.msgid_plural or text))
        for chinese in _chinese(entry):
            wrong += [
                f"{CATALOGUE.name}: the Chinese of “{text}” names %({name})s, the English does not"
                for name in sorted(set(_PLACEHOLDER.findall(chinese)) - known)
            ]
    if unused:
        wrong += [
            f"{CATALOGUE.name}: “{text}” is nowhere in the code any more (make messages)"
            for context, text in entries
            if (context, text) not in found
        ]
    if not COMPILED.exists() or COMPILED.read_bytes() != catalogue.to_binary():
        wrong.append(f"{COMPILED.name} is older than {CATALOGUE.name} (make messages)")
    return wrong


def _chinese(entry: polib.POEntry) -> list[str]:
    return [text for text in (entry.msgstr, *entry.msgstr_plural.values()) if text]


def write() -> None:
    """Bring the catalogue in step with the code and compile it."""
    found, catalogue = sentences(), polib.pofile(str(CATALOGUE), wrapwidth=96)
    known = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    for key, entry in known.items():
        if key not in found:
            catalogue.remove(entry)
    for key, sentence in found.items():
        if key not in known:
            entry = polib.POEntry(msgid=sentence.text, msgctxt=sentence.context)
            if sentence.plural:
                entry.msgid_plural, entry.msgstr_plural = sentence.plural, {0: ""}
            catalogue.append(entry)
    for entry in catalogue:
        if "%(" in entry.msgid and "python-format" not in entry.flags:
            entry.flags.append("python-format")
    catalogue.sort(key=lambda entry: (entry.msgid.lower(), entry.msgctxt or ""))
    catalogue.save(str(CATALOGUE))
    catalogue.save_as_mofile(str(COMPILED))


def main() -> int:
    """Run from the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    sys.path.insert(0, str(ROOT))
    django.setup()
    if "--write" in sys.argv[1:]:
        write()
    wrong = faults()
    print("\n".join(wrong) or "Every sentence has its Chinese.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
