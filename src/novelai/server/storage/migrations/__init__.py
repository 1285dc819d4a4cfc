"""The steps from one schema to the next, run by `novelai.server.storage.migrate`."""
