"""The built-in analyst: understands by data (understand/), plans tool calls (plan.py), writes typed drafts (write/)."""
