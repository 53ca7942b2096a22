"""How each service answers: written from their documentation, not with the dialects under test."""
