"""Pictures are found by all that was asked for of them, and tell what they were made from.

The new index of words is filled while the server runs (`novelai.server.images.index`): to do so
here would hold the start up for minutes where there are many pictures.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SQLITE = (
    "DROP TRIGGER IF EXISTS images_text_added",
    "DROP TRIGGER IF EXISTS images_text_removed",
    "DROP TABLE IF EXISTS images_text",
    # Texts come in as words with spaces between them: signs are letters, and nothing is folded.
    # While a word is typed, one list leads instead of those of all words that begin so.
    """CREATE VIRTUAL TABLE images_words USING fts5(wanted, unwanted, prefix='1 2 3',
        tokenize='ascii tokenchars ''!#$%&()*+,-./:;<=>?@[\\]^_`{|}~''')""",
    """CREATE TRIGGER images_words_removed AFTER DELETE ON images BEGIN
        DELETE FROM images_words WHERE rowid = old.seq; END""",
)

POSTGRES = (
    "ALTER TABLE images DROP COLUMN IF EXISTS words",
    """CREATE TABLE images_words (
        seq bigint PRIMARY KEY REFERENCES images (seq) ON DELETE CASCADE,
        wanted tsvector NOT NULL, unwanted tsvector NOT NULL)""",
    # What is put off is read through by every search.
    (
        "CREATE INDEX ix_images_words_wanted ON images_words USING gin (wanted) "
        "WITH (fastupdate = off)"
    ),
    (
        "CREATE INDEX ix_images_words_unwanted ON images_words USING gin (unwanted) "
        "WITH (fastupdate = off)"
    ),
)

SINGLED_OUT = {
    "seed": ["seed"],
    "model": ["model"],
    "favourite": ["favourite"],
    "size": ["width", "height"],
    "door": ["door"],
}


def upgrade() -> None:
    """Go from the schema before to this one."""
    connection = op.get_bind()
    for statement in POSTGRES if connection.dialect.name == "postgresql" else SQLITE:
        connection.exec_driver_sql(statement)
    op.add_column("images", sa.Column("derived_from", sa.String(length=40), nullable=True))
    op.add_column("images", sa.Column("stack", sa.String(length=40), nullable=True))
    op.add_column("images", sa.Column("door", sa.String(length=20), nullable=True))
    # What jobs say of their pictures; a job that is forgotten says nothing.
    op.execute("UPDATE images SET door = (SELECT door FROM jobs WHERE jobs.id = images.job_id)")
    op.drop_index("ix_images_created", table_name="images")
    for name in ("owner", "seed", "model", "favourite"):
        op.drop_index(f"ix_images_{name}", table_name="images")
    op.create_index("ix_images_owner", "images", ["owner_id", "deleted_at", "seq", "created_at"])
    for name, columns in SINGLED_OUT.items():
        op.create_index(f"ix_images_{name}", "images", ["owner_id", *columns, "deleted_at", "seq"])
    for name, column in (("ix_images_derived", "derived_from"), ("ix_images_stack", "stack")):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "images", [column], sqlite_where=where, postgresql_where=where)
