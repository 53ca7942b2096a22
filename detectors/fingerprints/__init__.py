"""Is it ours? Registered source trees, documents and tables as keyed hashes; never their text."""
