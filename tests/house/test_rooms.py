"""Rooms own their tables: keys point down, and nothing writes past the services."""

import ast

import pytest
from django.apps import apps

from tests.house.source import imports, named, python_files, tree

# From the bottom. Rooms of one line never point at each other.
FLOORS = (
    ("core",),
    ("territory",),
    ("people",),
    ("matters", "deliberation", "notify", "visits"),
    ("flows",),
    ("insight",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MODELS = [
    model
    for config in apps.get_app_configs()
    if config.name.startswith("linli.")
    for model in config.get_models()
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_down_or_stay_in_the_room(model):
    room = model._meta.app_label
    for field in model._meta.get_fields(include_hidden=False):
        if field.auto_created or not field.is_relation:
            continue
        target = field.related_model._meta.app_label
        is_below = target == room or FLOOR_OF[target] < FLOOR_OF[room]
        assert is_below, f"{model._meta.label}.{field.name} points at {target}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_models_have_no_order_of_their_own(model):
    # A hidden ORDER BY makes every list pay; lists name their order, with a unique tail.
    assert not model._meta.ordering


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_nothing_that_can_be_referred_to_is_deleted_along(model):
    from django.db.models import CASCADE

    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and field.many_to_one:
            assert field.remote_field.on_delete is not CASCADE, field


def test_there_is_no_admin():
    # It would write past the services, without an event.
    assert not [named(path) for path in python_files() if path.name == "admin.py"]
    assert not apps.is_installed("django.contrib.admin")


def test_no_module_is_hidden_by_a_package_of_its_name():
    # Python takes the package and never reads the module: what it says is lost in silence.
    assert not [named(path) for path in python_files() if path.with_suffix("").is_dir()]


@pytest.mark.parametrize("path", python_files(), ids=named)
def test_there_are_no_signals(path):
    wanted = {name for name in imports(path) if "signals" in name.split(".")}
    wanted |= {name for name in imports(path) if name.startswith("django.dispatch")}
    assert not wanted, "what follows from an event is a reaction; see linli/flows/reactions.py"


@pytest.mark.parametrize("path", python_files(), ids=named)
def test_imports_are_absolute_and_no_model_hides_a_rule_in_save(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
        is_model = "models" in (path.stem, path.parent.name)
        if is_model and isinstance(node, ast.FunctionDef):
            assert node.name not in ("save", "delete"), f"line {node.lineno}"
