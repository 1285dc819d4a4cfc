"""What Alembic runs: on the connection that `migrate` has opened."""

from alembic import context

from novelai.server.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    include_name=lambda name, kind, _parents: (
        kind != "table" or not (name or "").startswith("images_words")
    ),
)
with context.begin_transaction():
    context.run_migrations()
