"""Qonversion's experiments: what REST API v4 documents, and switches for the rest."""
