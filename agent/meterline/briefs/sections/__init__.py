"""The sections of the brief, a module each; `sections.yaml` says which and in what order."""
