"""`./dev bench verify` plants faults in a migration and counts which of them the checks find; see ../README.md."""
