"""A month of records as one Document, and every format made from it."""
