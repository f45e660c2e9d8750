"""A search index of terms behind one interface: FTS5 on SQLite, a GIN index on PostgreSQL.

A room keeps one table of it: a model with `IndexedTerms`, made by `make_table` in a migration, and
written by `write` in the transaction that changes what it finds. It asks `terms__asked=Asked(…)`
in any query, so that scope, filters and order apply where the index is read. Neither database cuts
words: the terms come ready from `language.terms`, so both find exactly the same.

Decision: docs/decisions/0019-search-by-own-terms.md
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Lookup

from linli.language.terms import Term

KEY = "rowid"
"""The column of the key: FTS5 has no other."""

_LEXEME = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search asks the index for: all of `terms`, and one of each group in `scopes`.

    With `is_few` the rows are known to be few otherwise, and each is looked at by itself.
    """

    terms: tuple[Term, ...]
    scopes: tuple[tuple[str, ...], ...] = ()
    is_few: bool = False


class IndexedTerms(models.Field):  # type: ignore[type-arg]  # it takes none when it runs
    """The terms of one row: a frozenset of words without blanks and quotes."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type; on SQLite a virtual table has none, and keeps text."""
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, _value: Any, _compiler: Any, connection: Any) -> str:
        """Return how the driver's value becomes a column's."""
        return _placeholder(connection)

    def get_prep_value(self, value: Any) -> Any:
        """Return the terms as one text, in order, with a blank around each."""
        return value if value is None or isinstance(value, str) else _joined(value)

    def from_db_value(self, value: str | None, _expression: Any, connection: Any) -> Any:
        """Return the terms of a row that was read."""
        if value is None:
            return None
        found = _LEXEME.findall(value) if connection.vendor == "postgresql" else value.split()
        return frozenset(found)


@IndexedTerms.register_lookup
class AskedLookup(Lookup):  # type: ignore[type-arg]  # it takes none when it runs
    """``terms__asked=Asked(…)``: the rows that the index finds."""

    lookup_name = "asked"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask FTS5; or, where the rows are few, read their terms."""
        asked: Asked = self.rhs
        if not asked.is_few:
            # Without details FTS5 answers for the whole row only, by its column of its own name.
            name, table = self.lhs.alias, self.lhs.target.model._meta.db_table
            quote = connection.ops.quote_name
            return f"{quote(name)}.{quote(table)} MATCH %s", [_as_match(asked)]
        column, params = self.process_lhs(compiler, connection)
        looked_for = [f" {term.text}" + ("" if term.is_prefix else " ") for term in asked.terms]
        tests = [f"instr({column}, %s) > 0" for _word in looked_for]
        return " AND ".join(tests), [*params * len(tests), *looked_for]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask the GIN index; or read the terms of each row, by the function that has no index."""
        column, params = self.process_lhs(compiler, connection)
        asked: Asked = self.rhs
        test = f"ts_match_vq({column}, %s::tsquery)" if asked.is_few else f"{column} @@ %s::tsquery"
        return test, [*params, _as_tsquery(asked)]


def write(*, model: type[models.Model], rows: Iterable[tuple[int, Collection[str]]]) -> None:
    """Put rows into the index, or put them there anew, in the transaction of the change."""
    table = connection.ops.quote_name(model._meta.db_table)
    values = [(key, _joined(terms)) for key, terms in rows]
    place = _placeholder(connection)
    if connection.vendor == "postgresql":
        statement = (
            f"INSERT INTO {table} ({KEY}, terms) VALUES (%s, {place}) "
            f"ON CONFLICT ({KEY}) DO UPDATE SET terms = EXCLUDED.terms"
        )
    else:
        statement = f"INSERT OR REPLACE INTO {table} ({KEY}, terms) VALUES (%s, {place})"
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(statement, values[0])
        elif values:
            cursor.executemany(statement, values)


def make_table(*, editor: BaseDatabaseSchemaEditor, table: str, of_table: str) -> None:
    """Make the table of an index over `of_table`, as this database does it best."""
    if editor.connection.vendor == "postgresql":
        editor.execute(
            f"CREATE TABLE {table} ({KEY} bigint PRIMARY KEY REFERENCES {of_table} (id) "
            "DEFERRABLE INITIALLY DEFERRED, terms tsvector NOT NULL)"
        )
        # A short pending list: whoever searches reads it through, whoever writes may have to
        # empty it.
        editor.execute(
            f"CREATE INDEX {table}_terms ON {table} USING gin (terms) "
            "WITH (gin_pending_list_limit = 512)"
        )
        # How often each term occurs decides between the index and the newest rows.
        editor.execute(f"ALTER TABLE {table} ALTER COLUMN terms SET STATISTICS 1000")
    else:
        editor.execute(
            f"CREATE VIRTUAL TABLE {table} USING fts5(terms, detail = none, columnsize = 0, "
            "tokenize = \"ascii tokenchars '@-'\")"
        )


def drop_table(*, editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Take the table of an index away."""
    editor.execute(f"DROP TABLE {table}")


def _placeholder(connection: Any) -> str:
    if connection.vendor == "postgresql":
        return "array_to_tsvector(string_to_array(btrim(%s), ' '))"
    return "%s"


def _joined(terms: Collection[str]) -> str:
    return f" {' '.join(sorted(terms))} "


def _as_match(asked: Asked) -> str:
    """Return a query of FTS5. Terms hold letters, digits, dashes and @ only, so quotes suffice."""
    parts = [f'"{term.text}"' + ("*" if term.is_prefix else "") for term in asked.terms]
    for group in asked.scopes:
        parts.append("(" + " OR ".join(f'"{scope}"' for scope in group) + ")")
    return " AND ".join(parts)


def _as_tsquery(asked: Asked) -> str:
    parts = [f"'{term.text}'" + (":*" if term.is_prefix else "") for term in asked.terms]
    for group in asked.scopes:
        parts.append("(" + " | ".join(f"'{scope}'" for scope in group) + ")")
    return " & ".join(parts)
