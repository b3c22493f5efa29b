"""Run by alembic. The connection, and the transaction everything happens in, come from the caller."""

from alembic import context

from ivr_service.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # All or nothing: SQLite can roll table changes back, alembic just does not expect it to.
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
