"""Prompts answered by the company's own model, in the wire format the client expects."""
