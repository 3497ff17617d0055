"""How files become a snapshot: find, read, convert, check, merge, publish."""
