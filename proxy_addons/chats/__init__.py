"""Chats over HTTP: the same one is known again by keyed hashes of its turns alone."""
