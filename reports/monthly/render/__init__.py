"""One file per format, each with `render(document) -> bytes`."""
