"""The second wall around free SQL: a process of its own, with little memory, that is killed at the deadline."""
