"""Understanding a question: words to patterns, names to entities, phrases to periods, all of it data."""
