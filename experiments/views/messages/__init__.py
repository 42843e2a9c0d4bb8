"""The editor’s page of message tests: one module a section."""
