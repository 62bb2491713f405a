"""Planted faults that the judges must find."""
