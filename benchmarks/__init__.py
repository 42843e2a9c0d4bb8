"""How fast Splitdesk is, measured beside something known in the same run: `python -m benchmarks all`."""
