"""The first wall around free SQL: what a statement may hold, and the scoped form it runs in."""
