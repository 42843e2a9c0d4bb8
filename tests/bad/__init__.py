"""The catalogue of bad inputs and faults, one test or more for each number: docs/bad-inputs.md."""
