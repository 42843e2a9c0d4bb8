"""Airship's six experiment operations and four reports, imitated."""
