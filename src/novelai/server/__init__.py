"""The self-hosted server: ``novelai serve``.

    app.py            HTTP: what is mounted where
    engine_room.py    everything below HTTP, put together: start reading here
    jobs/             paid work: states, submission, prices, endings, events, previews
    worker/           claim -> intent -> call -> finish; leases, reaper, reconciler
    accounts/         accounts of NovelAI whose tokens owners left here
    upstream/         calls to NovelAI, and what a failure means
    keys/             who may call and spend: keys, budgets, ledger
    images/           the gallery: search, bin, thumbnails
    webhooks/         who is told of a job's end
    retention/        how long things are kept
    observe/          logs, metrics, traces, readiness
    opening.py        the engine room as the settings describe it; why it cannot be opened
    storage/          database, schema, migrations, bytes, secrets, ids, clock

In each folder ``service.py`` has the rules, one transaction a call; ``repository.py`` has the SQL.
"""
