"""Requests as values: the documents that go to the service, for programs that look into them.

A client makes them itself; nothing here is needed to generate a picture.
"""
