"""The form of message tests: what is posted into the document, by section of the editor, and where its problems are."""
