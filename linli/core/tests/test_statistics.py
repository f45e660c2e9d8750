"""SQLite is told how its tables are filled, so that it chooses the right index."""

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
