"""The self-hosted server: ``novelai serve``.

To start with:

    app.py            HTTP: what is mounted where
    services.py       everything below HTTP, put together: start reading here
    lifespan.py       the services as the settings describe them
    startup_errors.py why they cannot be opened, in sentences
    settings.py       every setting

Paid work, from the ground up:

    model/            values that decide, and do no input or output
    storage/          database, schema, migrations, bytes, secrets, ids, clock
    keys/             who may call and spend: keys, secrets, budgets, ledger
    accounts/         accounts of NovelAI whose tokens owners left here: balances, clients
    upstream/         calls to NovelAI, and what a failure means
    events/           what happens, told within the process, to others, and to browsers
    jobs/             states, admission, prices, queue, endings, feed, previews, outcomes
    worker/           claim -> intent -> call -> finish; leases, reaper, reconciler

What people do with it:

    uploads/          pictures that callers hand in
    images/           the gallery: search, bin, thumbnails, export
    inspection/       what is embedded in pictures; taking it out
    vibes/            encoded vibes: paid for once, kept
    drafts/           what somebody is working on, the same on all their devices
    studio/           what forms need: models, prices, tokens, tags, earlier prompts
    usage/            what keys have used
    links/            signed addresses that carry their own permission
    webhooks/         who is told of a job's end, signed as Standard Webhooks has it

How it is reached:

    http/             what every request meets: who calls, what may come in, how errors, files and
                      streams go out; the page, built into static/
    api/              the endpoints of our own API
    compat/           other programs' dialects: A1111, ComfyUI, MCP, Nai2API, naifu, NovelAI's own,
                      OpenAI. What they share stands beside them; no rule of a job is theirs
    fields.py         kinds of values that several endpoints take

Running it:

    telemetry/        logs, metrics and spans, without a token or a prompt
    health.py         whether it is alive
    retention/        how long things are kept
    run.py, work.py   the server, and a worker, as processes
    stopping.py       the moment at which it begins to stop
    backup.py         copies of the database
    status_report.py  where everything is, and how much
    demo.py           the emulator beside it
    memory.py         what is asked of the C library

In each folder ``endpoints.py`` speaks HTTP, ``schemas.py`` has its JSON, ``service.py`` the rules,
one transaction a call, and ``repository.py`` the SQL.
"""
