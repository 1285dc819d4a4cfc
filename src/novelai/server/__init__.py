"""The self-hosted server: ``novelai serve``.

To start with:

    app.py            HTTP: what is mounted where
    engine_room.py    everything below HTTP, put together: start reading here
    opening.py        the engine room as the settings describe it
    hindrances.py     why it cannot be opened, in sentences
    settings.py       every setting

Paid work, from the ground up:

    storage/          database, schema, migrations, bytes, secrets, ids, clock
    keys/             who may call and spend: keys, secrets, budgets, ledger
    accounts/         accounts of NovelAI whose tokens owners left here: balances, clients
    upstream/         calls to NovelAI, and what a failure means
    events/           what happens, told within the process, to others, and to browsers
    jobs/             states, admission, prices, queue, endings, feed, previews, outcomes
    worker/           claim -> intent -> call -> finish; leases, reaper, reconciler

What people do with it:

    access/           who is calling, and what a request may look like before it is read
    intake/           pictures that callers hand in
    images/           the gallery: search, bin, thumbnails, export
    inspection/       what is embedded in pictures; taking it out
    vibes/            encoded vibes: paid for once, kept
    drafts/           what somebody is working on, the same on all their devices
    studio/           what forms need: models, prices, tokens, tags, earlier prompts
    usage/            what keys have used
    links/            signed addresses that carry their own permission
    webhooks/         who is told of a job's end
    generate.py       ``GET /generate``
    live.py           what a page begins with, and what happens from then on
    start.py          all that the page begins with, in one answer
    page.py, static/  the page, built
    doors/            other programs' dialects: A1111, ComfyUI, MCP, Nai2API, naifu, NovelAI's own,
                      OpenAI. What they share stands beside them; no rule of a job is theirs

Answers:

    problems.py       what is refused, in one JSON shape
    failures.py       whatever goes wrong, as such a problem
    waiting.py        callers who wait, and leave
    files.py          stored bytes as answers
    fields.py         kinds of values that several endpoints take
    description.py    the OpenAPI document

Running it:

    observe/          logs, metrics, traces, readiness
    health.py         whether it is alive
    retention/        how long things are kept
    run.py, work.py   the server, and a worker, as processes
    stopping.py       the moment at which it begins to stop
    copies.py         copies of the database
    survey.py         where everything is, and how much
    demo.py           the emulator beside it
    memory.py         what is asked of the C library

In each folder ``endpoints.py`` speaks HTTP, ``schemas.py`` has its JSON, ``service.py`` the rules,
one transaction a call, and ``repository.py`` the SQL.
"""
