"""How Alembic runs here: always from code, inside the transaction that `Database.upgrade` opened."""

from alembic import context

from extension.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,  # names constraints as the tables do
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
