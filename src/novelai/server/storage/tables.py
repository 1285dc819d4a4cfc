"""The whole schema on one screen.

owners -< keys -< jobs -< images        an owner has keys; a key submits jobs; a job makes images
owners -< accounts -< jobs              a job runs on one of its owner's accounts
keys -< ledger >- jobs                  what was reserved, settled and released, never changed
keys -< sessions, uploads, drafts       a browser that is logged in; pictures handed in; the page
keys -< refusals                        what a key's holder was refused lately
keys -< library                         lists and snippets for templates
keys -< series -< jobs, images          one order of many jobs; pictures outlive it
keys -< collections >-< images          named sets of pictures
owners -< vibes                         encodings that were paid for
jobs -< deliveries                      who is told of a job's end
images -- images_words                  what is found by which words; see `images.index`

Times are unix seconds. Anlas are whole numbers. Texts of people (prompts) are in `jobs.params`,
`jobs.roll`, `series`, `images`, `images_words`, `drafts`, `library` and `collections`, nowhere
else.
"""

# A column that refers to another takes its type from there, which the checker does not see.
# pyright: reportUnknownArgumentType=false

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
)

from novelai.server.model.job import State
from novelai.server.storage.columns import Document, Serial, metadata

__all__ = [
    "accounts",
    "collection_images",
    "collections",
    "deliveries",
    "drafts",
    "images",
    "jobs",
    "keys",
    "ledger",
    "library",
    "metadata",
    "owners",
    "refusals",
    "series",
    "sessions",
    "uploads",
    "vibes",
]

STATES = ", ".join(f"'{state}'" for state in State)

owners = Table(
    "owners",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("vtime", Double, nullable=False),  # the clock of the key that was served last
    Column("paused", Boolean, nullable=False),  # nothing new is started
    Column("created_at", Double, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("owner_id", ForeignKey("owners.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("secret_hash", String(64), unique=True),  # null: the person at this machine
    Column("scopes", Document, nullable=False),
    Column("models", Document),  # null: all
    Column("free_only", Boolean, nullable=False),
    Column("fit_free", Boolean, nullable=False, server_default=false()),
    Column("budget_job", Integer),
    Column("budget_day", Integer),
    Column("budget_week", Integer),
    Column("budget_month", Integer),
    Column("allowance_month", Integer),  # free V5 pictures
    Column("max_queued", Integer, nullable=False),
    Column("max_series", Integer, nullable=False, server_default="200"),  # pictures that may wait
    Column("rate_minute", Integer, nullable=False),
    Column("weight", Double, nullable=False),
    Column("vtime", Double, nullable=False),  # the clock of fair queueing
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("last_used_at", Double),
    Column("options", Document, nullable=False),  # what a client of this key chose, e.g. its model
    Column("webhook_secret", LargeBinary),  # encrypted; signs what webhooks are told
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("owner_id", ForeignKey("owners.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", String(200), nullable=False),
    Column("token", LargeBinary, nullable=False),  # encrypted
    Column("token_hash", String(64), nullable=False, unique=True),  # one account, one row
    Column("proxy", String(500)),
    Column("enabled", Boolean, nullable=False),
    Column("health", String(20), nullable=False),  # ok | refused | unreachable
    Column("job_id", String(40)),  # the job that holds it
    Column("lease_until", Double),
    Column("free_at", Double, nullable=False),  # cooling down until then
    Column("last_used_at", Double, nullable=False),
    Column("anlas", Integer),
    Column("tier", Integer),
    Column("usage_percent", Double),
    Column("usage_negative", Boolean, nullable=False),
    Column("usage_seconds", Double),  # in which the allowance gains one percent
    Column("usage_purchased", Double),  # percent bought on top
    Column("balance_at", Double),
    Column("created_at", Double, nullable=False),
)

series = Table(
    "series",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("owner_id", ForeignKey("owners.id", ondelete="CASCADE"), nullable=False),
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),  # series or chain
    Column("name", String(200), nullable=False),
    Column("door", String(20), nullable=False),
    Column("document", Document, nullable=False),  # as ordered, with its roll seed and its library
    Column("layout", Document, nullable=False),  # see `model.series.Layout`
    Column("body_hash", String(64), nullable=False),
    Column("idempotency_key", String(200)),
    Column("cells", Integer, nullable=False),
    Column("pictures", Integer, nullable=False),
    Column(
        "anlas_max", Integer, nullable=False
    ),  # reserved when it was ordered, and for more takes
    Column("allowance", Integer, nullable=False),
    Column("on_failure", String(8), nullable=False),  # go_on or halt
    Column("hold", String(8)),  # paused or halted: nothing of it is started
    Column("held_at", Double),
    Column("reason", Text),  # why it was halted, in a sentence
    Column("resume_anlas", Integer),  # what going on costs at most, if the price rose
    Column("counted_from", Double, nullable=False),  # failures before do not halt it any more
    Column("cancelled_at", Double),
    Column("webhook", String(2000)),
    Column("outcome", Text),  # at its end: one sign a cell, see `model.series`
    Column("anlas", Integer),  # at its end: what was charged
    Column("sheet", String(8)),  # due or drawn; null: none is wanted
    Column("sheet_image_id", String(40)),
    Column("created_at", Double, nullable=False),
    Column("finished_at", Double),
    UniqueConstraint("key_id", "idempotency_key"),
    Index("ix_series_owner", "owner_id", "seq"),
    Index("ix_series_key", "key_id", "created_at"),
    Index(
        "ix_series_open",
        "key_id",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index(
        "ix_series_sheet",
        "sheet",
        sqlite_where=text("sheet = 'due'"),
        postgresql_where=text("sheet = 'due'"),
    ),
)

jobs = Table(
    "jobs",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("owner_id", ForeignKey("owners.id", ondelete="CASCADE"), nullable=False),
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("door", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("model", String(100)),
    Column("params", Document, nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("request_id", String(200)),  # groups the jobs of one request
    Column("dedupe_key", String(200)),  # the same again is the same job
    Column("place", Integer, nullable=False, server_default="0"),  # among those of its request
    Column("client_data", Document),  # what an API keeps of its client; see `JobRequest`
    Column("roll", Document),  # of templates: what was picked; see `jobs.rolls`
    Column("series_id", String(40)),
    Column("cell", Integer),  # its place in the series; null: it prepares something for cells
    Column("take", Integer, nullable=False, server_default="0"),  # grows when a cell is done again
    Column("lane", Integer, nullable=False, server_default="0"),  # 0 single orders, 1 series
    Column("after_job", String(40)),  # runs when that one has succeeded
    Column("after_output", Integer),  # with which of its pictures
    Column("priority", Integer, nullable=False),
    Column("rank", Double, nullable=False),  # place among the key's own jobs; lower is earlier
    Column("cost_max", Integer, nullable=False),
    Column("cost", Integer),  # settled
    Column("spent", Integer, nullable=False, default=0),  # paid already, for vibes it encoded
    Column("allowance", Integer, nullable=False),  # free V5 pictures it may use
    Column("charged", String(8), nullable=False),  # no | yes | unknown
    Column("price", Integer),  # exact, on the account that runs it
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),  # attempts that went wrong
    Column("run_after", Double, nullable=False),
    Column("sent_at", Double),
    Column("anlas_before", Integer),
    Column("encoding", String(200)),  # the vibe that is encoded for it; counts while it is held
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("result", Document),  # what came of it: sha256, media type and seed of each
    Column("error", Document),
    Column("webhook", String(2000)),
    Column("collection_id", String(40)),  # that its pictures go into, while it is there
    CheckConstraint(f"state IN ({STATES})", name="state"),
    UniqueConstraint("key_id", "dedupe_key", "place"),
    Index("ix_jobs_queue", "state", "run_after", "seq"),
    Index("ix_jobs_owner", "owner_id", "seq"),
    Index("ix_jobs_key", "key_id", "created_at"),
    Index("ix_jobs_ended", "owner_id", "finished_at"),
    Index("ix_jobs_request", "key_id", "request_id", "seq"),
    Index("ix_jobs_series", "series_id", "cell", "take"),
    Index("ix_jobs_client", "key_id", literal_column("(client_data ->> 'lookup')"), "seq"),
    # The database itself refuses a second generation on an account.
    Index(
        "uq_jobs_running_account",
        "account_id",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
    Column("job_id", String(40), nullable=False, index=True),
    Column("entry", String(8), nullable=False),  # see `keys.ledger`
    Column("anlas", Integer, nullable=False),  # what it adds to what the key has used
    Column("allowance", Integer, nullable=False),
    Column("images", Integer, nullable=False),  # pictures that came, with `settle`
    Column("model", String(100)),
    Column("at", Double, nullable=False),
    Index("ix_ledger_key", "key_id", "at"),
    # A job reserves once and is closed once.
    Index(
        "uq_ledger_opened",
        "job_id",
        unique=True,
        sqlite_where=text("entry = 'reserve'"),
        postgresql_where=text("entry = 'reserve'"),
    ),
    Index(
        "uq_ledger_closed",
        "job_id",
        unique=True,
        sqlite_where=text("entry IN ('release', 'settle')"),
        postgresql_where=text("entry IN ('release', 'settle')"),
    ),
)

images = Table(
    "images",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("owner_id", ForeignKey("owners.id", ondelete="CASCADE"), nullable=False),
    Column("key_id", String(40), nullable=False),
    Column("job_id", String(40), nullable=False, index=True),
    Column("position", Integer, nullable=False),  # which picture of its job
    Column("sha256", String(64), nullable=False, index=True),
    Column("received", String(64), index=True),  # sha256 of what came; null: it is the same
    Column("media_type", String(40), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("model", String(100)),
    Column("seed", BigInteger),
    Column("prompt", Text, nullable=False),
    Column("negative_prompt", Text, nullable=False),
    Column("settings", Document, nullable=False),
    Column("sources", Document, nullable=False),  # sha256 of the pictures it was made from
    Column("derived_from", String(40)),  # the picture that it is another version of
    Column("stack", String(40)),  # the first of the versions; null: it is the first itself
    Column("door", String(20)),  # of its job
    Column("roll", Document),  # that its texts came of, if they were templates
    Column("series_id", String(40)),  # no reference: pictures outlive their series
    Column("cell", Integer),
    Column("take", Integer),
    Column("favourite", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("deleted_at", Double),  # in the bin since
    UniqueConstraint("job_id", "position"),
    # With the time, so that a period is found by walking over the index alone.
    Index("ix_images_owner", "owner_id", "deleted_at", "seq", "created_at"),
    # What a search may single out; each leaves the newest first.
    Index("ix_images_seed", "owner_id", "seed", "deleted_at", "seq"),
    Index("ix_images_model", "owner_id", "model", "deleted_at", "seq"),
    Index("ix_images_favourite", "owner_id", "favourite", "deleted_at", "seq"),
    Index("ix_images_size", "owner_id", "width", "height", "deleted_at", "seq"),
    Index("ix_images_door", "owner_id", "door", "deleted_at", "seq"),
    Index("ix_images_series", "owner_id", "series_id", "cell"),
    Index(
        "ix_images_derived",
        "derived_from",
        sqlite_where=text("derived_from IS NOT NULL"),
        postgresql_where=text("derived_from IS NOT NULL"),
    ),
    Index(
        "ix_images_stack",
        "stack",
        sqlite_where=text("stack IS NOT NULL"),
        postgresql_where=text("stack IS NOT NULL"),
    ),
    Index(
        "ix_images_bin",
        "owner_id",
        "seq",
        sqlite_where=text("deleted_at IS NOT NULL"),
        postgresql_where=text("deleted_at IS NOT NULL"),
    ),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(40), primary_key=True),  # of all that follows but the last two
    Column("request", String(200), nullable=False),  # method and route
    Column("status", Integer, nullable=False),
    Column("code", String(100), nullable=False),
    Column("sentence", String(500), nullable=False),
    Column("times", Integer, nullable=False),
    Column("at", Double, nullable=False),  # the last time
    Index("ix_refusals_key", "key_id", "at"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), primary_key=True),
    Column("sha256", String(64), primary_key=True, index=True),
    Column("media_type", String(40), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("used_at", Double, nullable=False),  # when it was handed in or used last
)

drafts = Table(
    "drafts",
    metadata,
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("document", Document),
    Column("updated_at", Double, nullable=False),
)

library = Table(
    "library",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("owner_id", ForeignKey("owners.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),  # list or snippet
    Column("name", String(64), nullable=False),
    Column("name_key", Text, nullable=False),  # as names are compared
    Column("shared", Boolean, nullable=False),  # all keys of the owner may use it
    Column("document", Document, nullable=False),  # its texts
    Column("bytes", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("deleted_at", Double),
)
Index(
    "uq_library_name",
    library.c.key_id,
    library.c.name_key,
    unique=True,
    sqlite_where=library.c.deleted_at.is_(None),
    postgresql_where=library.c.deleted_at.is_(None),
)

collections = Table(
    "collections",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("owner_id", ForeignKey("owners.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),  # as names are compared
    Column("cover", String(40)),  # the picture that stands for it; null: the newest
    Column("created_at", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    Column("deleted_at", Double),
)
Index(
    "uq_collections_name",
    collections.c.key_id,
    collections.c.name_key,
    unique=True,
    sqlite_where=collections.c.deleted_at.is_(None),
    postgresql_where=collections.c.deleted_at.is_(None),
)

collection_images = Table(
    "collection_images",
    metadata,
    Column("collection_id", ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    Column("image_id", ForeignKey("images.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("added_at", Double, nullable=False),
)

vibes = Table(
    "vibes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("owner_id", ForeignKey("owners.id", ondelete="CASCADE"), nullable=False),
    Column("key_id", String(40), nullable=False),
    Column("name", String(200), nullable=False),
    Column("model", String(100), nullable=False),
    Column("info_extracted", Double, nullable=False),
    Column("source", String(64), nullable=False),  # sha256 of the picture
    Column("sha256", String(64), nullable=False, index=True),  # of the encoding
    Column("created_at", Double, nullable=False),
    UniqueConstraint("owner_id", "source", "model", "info_extracted"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
    Column("url", String(2000), nullable=False),
    Column("body", Text, nullable=False),  # JSON, the same for every try
    Column("attempts", Integer, nullable=False),
    Column("due_at", Double),  # null: nothing is to be done any more
    Column("delivered_at", Double),
    Column("error", String(200)),
    Column("created_at", Double, nullable=False),
    Index("ix_deliveries_due", "due_at"),
)
