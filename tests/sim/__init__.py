"""Seeded simulation of the engine: hostile services, people on both sides, faults at every call."""
