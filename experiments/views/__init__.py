"""Pages, by noun. Functions only: load, form, one verb, answer."""
