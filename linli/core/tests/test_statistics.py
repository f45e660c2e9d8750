"""What each database is told, so that it chooses the right plan, and soon."""

import pytest
from django.db import connection

from linli.core.statistics import refresh_statistics


@pytest.mark.django_db
def test_sqlite_knows_its_tables_afterwards(cast):
    assert refresh_statistics() == 0
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'territory_area'")
            assert cursor.fetchone()[0] > 0


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite does not ask for it")
@pytest.mark.parametrize("setting", ["join_collapse_limit", "from_collapse_limit"])
def test_postgresql_plans_few_joins_in_every_order(setting):
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {setting}")
        assert cursor.fetchone()[0] == "4"
