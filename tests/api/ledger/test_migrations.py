"""The migrations give the tables that the code uses, once, whoever is first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from cds_api.ledger.database import MIGRATIONS, Database
from cds_api.ledger.tables import METADATA, REVISION


def test_the_migrations_give_the_tables_of_the_code(url: str) -> None:
    database = Database(url)
    database.create_or_upgrade()
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    database.close()


def test_the_code_knows_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_several_processes_may_start_at_once(url: str) -> None:
    databases = [Database(url) for _ in range(8)]
    with ThreadPoolExecutor(len(databases)) as pool:
        list(pool.map(Database.create_or_upgrade, databases))
    with databases[0].connect() as connection:
        versions = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars()
        assert list(versions) == [REVISION]
    for database in databases:
        database.check()
        database.close()
