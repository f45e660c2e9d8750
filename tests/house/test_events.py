"""One screen says which event leads to what, and no event is missing from it."""

import ast
import re

from linli.core.events import registered
from tests.house.source import named, python_files, tree

NAME = re.compile(
    r"^(core|territory|people|matters|deliberation|notify|visits|flows|insight)\.[a-z]+(_[a-z]+)*$"
)


def recorded() -> dict[str, str]:
    """Return every event name in the code and where it stands."""
    found: dict[str, str] = {}
    for path in python_files():
        constants = constants_of(tree(path))
        for node in ast.walk(tree(path)):
            is_list = path.stem == "events" and path.parent.name not in ("core", "resources")
            if is_list and isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                found[str(node.value.value)] = f"{named(path)}:{node.lineno}"
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record":
                for keyword in node.keywords:
                    if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                        found[str(keyword.value.value)] = f"{named(path)}:{node.lineno}"
            # Core has no list of its own: it names its few events beside what records them.
            if path.parent.name == "core" and isinstance(node, ast.Name):
                value = constants.get(node.id, "")
                if NAME.match(value):
                    found[value] = f"{named(path)}:{node.lineno}"
    return found


def constants_of(module: ast.Module) -> dict[str, str]:
    """Return the texts a module gives names in capitals to."""
    return {
        node.targets[0].id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def test_every_event_has_its_line_in_the_table_of_reactions():
    missing = {name: place for name, place in recorded().items() if name not in registered()}
    assert not missing, "add them to linli/flows/reactions.py, with an empty tuple if need be"


def test_the_table_names_no_event_that_nobody_records():
    assert set(registered()) <= set(recorded())


def test_event_names_say_room_and_what_happened():
    assert [name for name in recorded() if not NAME.match(name)] == []
