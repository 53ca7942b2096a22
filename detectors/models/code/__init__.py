"""The code classifier: its weights, how they were trained and what they reach (CARD.md)."""
