"""What a sentence claims, subject by subject, against what the turn has proved.

Each module holds the checks of one subject; a check takes a sentence as it was read (`said.Said`) and gives the reason why it
cannot stand, or None. Words live in claims.yaml, so that a check is a rule and its vocabulary is data.
"""
