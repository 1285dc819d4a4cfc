"""The self-hosted server: ``novelai serve``.

To start with:

    app.py            HTTP: what is mounted where
    services.py       everything below HTTP, put together: start reading here
    lifespan.py       the services as the settings describe them
    settings.py       every setting

The floors, from the ground up; nothing imports from a floor above its own:

    env_file.py, fields.py, fresh.py, memory.py, open_files.py, stopping.py, settings.py
                      what everything may use
    model/            values that decide, without input or output: jobs, keys, budgets, accounts
    storage/          database, schema, migrations, bytes, secrets, ids, clock
    telemetry/        logs, metrics, spans: never a prompt, never a token
    inspection/       what is embedded in images; taking it out
    events/           what happens, told within the process and to other processes
    keys/             who may call and spend: secrets, sessions, ledger
    accounts/         accounts of NovelAI whose tokens owners left here: balances, clients
    upstream/         calls to NovelAI, and what a failure means
    images/           the gallery: search, bin, thumbnails, export
    vibes/            encoded vibes: paid for once, kept
    uploads/          images that callers hand in before they use them
    webhooks/         messages at the end of a job or a series
    jobs/             admission, prices, queue, transitions, previews, queries, event feed
    library/          lists and snippets for templates
    collections/      named sets of pictures
    drafts/, links/, studio/, usage/
                      drafts of forms, signed addresses, what forms need, what keys have used
    series/           many pictures from one order: its plan, its price, its cells, its sheet
    worker/           claim -> intent -> call -> finish; leases, reaper, reconciler
    services.py       all of these, put together
    health.py         what can do its work, and how much there is to do
    retention/        how long things are kept
    startup_errors.py, demo.py, lifespan.py
                      opening the services: with sentences for what goes wrong, beside an emulator
    backup.py, status_report.py
                      copies of the database; where everything is, and how much
    http/             what every request meets: who calls, limits, errors, files, event streams
    api/              our own endpoints, a module for each part of ``/api``
    compat/           the APIs of other programs, each a thin adapter over the same jobs
    app.py, work.py, run.py
                      the server, and a worker, as processes
    static/           the page, built

A folder may have ``schemas.py`` for its JSON, ``service.py`` for its rules, one transaction a
call, and ``repository.py`` for its SQL.
"""
