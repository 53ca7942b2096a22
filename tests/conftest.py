"""Holds for all tests."""

from hypothesis import settings

# a busy machine must not fail a test that is only slow
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
