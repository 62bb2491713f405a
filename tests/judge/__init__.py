"""Judges that are not ours, for every call that the end-to-end tests make: docs/ARCHITECTURE.md, "Judges"."""
